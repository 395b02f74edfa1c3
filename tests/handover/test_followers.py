"""Whatever hangs on what is handed over goes along, and comes back with it: every module's rows, by the screens."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.access.scope import owned_models
from app.core.web.modules import discover
from app.extensions import db

from ..factories import World
from ..forms import read_form
from .test_screens import preview

discover("app")  # so that every model is known
FOLLOWERS = [model for model in owned_models() if model.policy.hangs_on("Customer")]


def read_owners(app: Flask, customer: int) -> dict[str, set[int | None]]:
    """Return who owns the rows of a customer, by model."""
    found = {}
    with app.app_context(), db.engine.connect() as connection:
        for model in FOLLOWERS:
            table = model.__table__.c
            found[model.__name__] = set(connection.scalars(select(table.owner_id).where(table[model.policy.root.column] == customer)))
    return {name: owners for name, owners in found.items() if owners}


@pytest.mark.whole_desk
def test_every_row_of_a_customer_goes_along_and_comes_back(app: Flask, world: World, sign_in: Any) -> None:
    manager, customer = sign_in("boss_south"), world.signed["south1"]
    leaver, receiver = world.people["south1"], world.people["south2"]
    before = read_owners(app, customer)
    assert {"Contact", "Activity", "Contract", "Ticket"} <= set(before)
    assert all(owners == {leaver} for owners in before.values())
    assert f'name="leaver" value="{leaver}"' in manager.get(f"/handover/plan?leaver={leaver}&to={receiver}").text
    _page, sent = preview(manager, {"leaver": leaver, "to": [receiver], "way-customer-owner_id": "one"})
    done = manager.post("/handover/run", sent)
    assert done.status_code == 302, done.text
    assert read_owners(app, customer) == {name: {receiver} for name in before}
    undo = read_form(manager.get(done.location).text)
    assert manager.post(f"/handover/undo/{done.location.rsplit('/', 1)[-1]}", undo).status_code == 302
    assert read_owners(app, customer) == before

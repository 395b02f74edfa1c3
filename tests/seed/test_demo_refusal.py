"""Where the demo company is not written, and that it is the same whenever it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.security import check_password_hash

from app.contracts.models import Contract
from app.core.access.viewer import as_system
from app.core.history import seal
from app.customers.models import Customer
from app.extensions import db
from app.seed import demo, demo_tickets
from app.seed.errors import SeedRefused
from app.staff.models import InstallationValue, Staff
from config import make_settings

from .. import factories
from ..conftest import ADMIN_PASSWORD


def test_a_database_with_real_customers_is_refused_and_left_as_it_was(app: Flask, system: Any) -> None:
    before = list(system.scalars(select(Customer.name)))
    with pytest.raises(SeedRefused, match="real customers"):
        demo.fill(3)
    assert list(system.scalars(select(Customer.name))) == before
    assert system.get(InstallationValue, "demo") is None
    assert check_password_hash(system.scalar(select(Staff.password).where(Staff.username == "admin")), ADMIN_PASSWORD)


def test_a_database_with_colleagues_but_no_customers_is_refused_too(make_fresh: Callable[[], Flask]) -> None:
    with make_fresh().app_context(), as_system("import"):
        factories.make_staff("colleague", ["Salesperson"], None)
        db.session.commit()
        with pytest.raises(SeedRefused, match="colleagues"):
            demo.fill(3)
        assert set(db.session.scalars(select(Staff.username))) == {"admin", "colleague"}


def test_a_failure_half_way_leaves_nothing(make_fresh: Callable[[], Flask], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise OSError("disk full")

    with make_fresh().app_context():
        monkeypatch.setattr(demo_tickets, "write_tickets", fail)
        with pytest.raises(OSError, match="disk full"):
            demo.fill(3)
        with as_system("import"):
            assert list(db.session.scalars(select(Staff.username))) == ["admin"]
            assert db.session.scalar(select(Customer.id)) is None
        monkeypatch.undo()
        assert demo.fill(3) == demo.TEXT


def test_the_same_company_is_made_each_time(make_fresh: Callable[[], Flask]) -> None:
    made = []
    for _ in range(2):
        with make_fresh().app_context(), as_system("import"):
            demo.fill(12)
            customers = db.session.execute(select(Customer.number, Customer.name, Customer.credit_code).order_by(Customer.id)).all()
            contracts = db.session.execute(select(Contract.number, Contract.title, Contract.amount, Contract.end_on).order_by(Contract.id))
            made.append((customers, contracts.all()))
    assert made[0] == made[1]
    assert len(made[0][0]) == 12


@pytest.mark.parametrize("is_demo", [False, True])
def test_a_demo_notes_its_seals_apart_and_begins_anew_without_the_old_note(
    make_fresh: Callable[[], Flask], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_demo: bool
) -> None:
    """Else the sealer of one database would look for the seals of another, and stop."""
    given = {"DATA_DIR": str(tmp_path)}
    assert make_settings(given)["HISTORY_ANCHOR"] != make_settings(given, demo=True)["HISTORY_ANCHOR"]
    app, note = make_fresh(), tmp_path / "note.json"
    note.write_text('{"seal": 7, "digest": "of a database that was thrown away"}')
    monkeypatch.setitem(app.config, "HISTORY_ANCHOR", str(note))
    monkeypatch.setitem(app.config, "DEMO", is_demo)
    with app.app_context():
        demo.fill(3)
        if is_demo:
            assert seal.seal(db.engine, b"a key", note) > 0
        else:  # a note of real seals is nobody's to drop
            with pytest.raises(seal.HistoryBroken):
                seal.seal(db.engine, b"a key", note)

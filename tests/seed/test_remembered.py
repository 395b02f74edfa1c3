"""What an earlier release has offered stays remembered: an upgrade gives back no grant, list entry or series that IT took away.

`remembered_2026_11_27.json` holds what that release noted in an installation. Nothing in it may ever be offered again under another key.
"""

from __future__ import annotations

import json
from pathlib import Path

from flask import Flask
from sqlalchemy import delete, select

from app.core.access.viewer import as_system
from app.core.web.modules import discover
from app.core.writes.option_sets import Choice
from app.extensions import db
from app.seed import install
from app.staff.models import InstallationValue

from ..snapshots import list_changes, take_snapshot

REMEMBERED = set(json.loads((Path(__file__).parent / "remembered_2026_11_27.json").read_text(encoding="utf-8")))
# What later releases offer: modules of grants, and seeds. Taken as offered already, as none of it is given back.
OFFERED_SINCE = {"Absences", "Calendar", "WorkingHours", "working hours", "holidays 2026", "Cases", "CaseTasks", "CaseStatistics",
                 "Processes", "processes", "case"}  # fmt: skip


def read_keys() -> set[str]:
    """Return what this installation remembers of what it was offered."""
    keys = db.session.scalars(select(InstallationValue.key))
    return {key for key in keys if key.startswith(("grant:", "seed:", "role:"))}


def empty_list(code: str) -> None:
    """Take every entry of a list away, as IT would."""
    with as_system("import"):
        for entry in db.session.scalars(select(Choice).where(Choice.list_code == code)):
            db.session.delete(entry)
        db.session.flush()


def is_new(key: str) -> bool:
    """Tell whether a key is of what a later release offers."""
    return key.rpartition(":")[2] in OFFERED_SINCE


def test_the_keys_are_those_of_the_earlier_release(app: Flask) -> None:
    with app.app_context():
        assert REMEMBERED - read_keys() == set() and len(REMEMBERED) > 300
        assert not any(map(is_new, REMEMBERED))


def test_an_upgrade_gives_back_nothing(app: Flask) -> None:
    """An installation of the earlier release, in which IT has taken every grant and the entries of a list away, is brought up to date."""
    with app.app_context():
        connection = db.session.connection()
        remembered = REMEMBERED | {key for key in read_keys() if is_new(key)}
        connection.execute(delete(InstallationValue.__table__).where(InstallationValue.key.not_in(remembered)))
        connection.execute(delete(db.metadata.tables["ab_permission_view_role"]))
        empty_list("source")
        db.session.commit()
        roles = install.collect_grants(discover("app"))
        assert sum(len(grants) for grants in roles.values()) > 150
        before = take_snapshot(app)
        install.prepare(discover("app"))
    assert list_changes(before, take_snapshot(app)) == {}


def test_a_forgotten_key_would_be_noticed(app: Flask) -> None:
    with app.app_context():
        empty_list("source")
        db.session.connection().execute(delete(InstallationValue.__table__).where(InstallationValue.key == "seed:list:source"))
        db.session.commit()
        before = take_snapshot(app)
        install.prepare(discover("app"))
    assert set(list_changes(before, take_snapshot(app))) == {"choice", "grants_version", "history", "identity", "installation_value"}

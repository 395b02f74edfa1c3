"""Versions of a process: the first draft, the next one, publication and retirement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import func, select

from ..core.access.viewer import current_viewer
from ..core.base import clock
from ..core.base.errors import RuleViolation
from ..extensions import db
from . import documents, rules
from .designs import ProcessVersion
from .flow import checks
from .models import Case
from .people import DeskStaff
from .reading import Design, read_design


def list_versions(process_id: int) -> Sequence[ProcessVersion]:
    """Return the versions of a process, newest first."""
    found = select(ProcessVersion).where(ProcessVersion.process_id == process_id)
    return db.session.scalars(found.order_by(ProcessVersion.number.desc())).all()


def count_cases(version_ids: Iterable[int]) -> dict[int, int]:
    """Return how many cases run on each of these versions, whoever may see them."""
    table = Case.__table__.c
    counted = select(table.version_id, func.count()).where(table.version_id.in_(list(version_ids)), table.state == "running")
    return {row[0]: row[1] for row in db.session.connection().execute(counted.group_by(table.version_id))}


def list_faults(design: Design) -> list[checks.Fault]:
    """Return what is wrong with a version."""
    return checks.list_faults(design.flow, DeskStaff(db.session()))


def publish(version: ProcessVersion) -> None:
    """Freeze a draft and start by it from now on; the one that was published retires. To be committed by the caller.

    Raises RuleViolation. Where a second person is needed, the first one's request is kept, and that is what is said.
    """
    viewer, faults = current_viewer(), list_faults(read_design(version.id))
    needs_second = bool(current_app.config["PUBLISH_BY_TWO"])
    if needs_second and version.asked_by_id is None and not faults and version.state == rules.DRAFT:
        version.asked_by_id = viewer.id
        return
    rules.check_publication(
        rules.Publication(
            has_faults=bool(faults), state=version.state, needs_second=needs_second, asked_by=version.asked_by_id, actor=viewer.id
        )
    )
    for other in list_versions(version.process_id):
        if other.state == rules.PUBLISHED:
            other.state = rules.RETIRED
    db.session.flush()  # one version of a process is published at a time, and the database says so
    version.state, version.published_at, version.published_by_id = rules.PUBLISHED, clock.now(), viewer.id


def retire(version: ProcessVersion) -> None:
    """Let no further case start by a published version."""
    if version.state != rules.PUBLISHED:
        raise RuleViolation(rules.FROZEN_VERSION)
    version.state = rules.RETIRED


def copy(version: ProcessVersion) -> ProcessVersion:
    """Make the next draft, which says what this version says. To be committed by the caller."""
    versions = list_versions(version.process_id)
    if any(one.state == rules.DRAFT for one in versions):
        raise RuleViolation(rules.HAS_DRAFT)
    made = documents.write(db.session(), version.process, versions[0].number + 1, documents.dump(db.session(), version))
    made.note = _("Copied from version %(n)s", n=version.number)
    return made

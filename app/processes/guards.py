"""Bind the rules of processes to the gate: cases move by their process alone, published versions stay, reserved moves go through it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..core.base.errors import AccessDenied, RuleViolation
from ..core.base.offers import EFFECTS
from ..core.writes.fields import CHOOSE
from ..core.writes.gate import Change
from ..core.writes.inside import inside
from ..staff.models import Staff
from . import rules
from .after import is_effecting
from .designs import Process, ProcessStep, ProcessVersion
from .flow.definition import MayReturn, Who


def guard_case(change: Change) -> None:
    """Let the engine alone move a case; a draft that was given up may go to the bin."""
    if change.kind == "delete":
        rules.check_deletion(state=change.row.state, was_sent=change.row.started_at is not None)
    elif not change.viewer.is_system and change.kind != "restore":
        raise AccessDenied(rules.NOT_BY_HAND)


def refuse_by_hand(change: Change) -> None:
    """Let the engine alone write tasks, values and copies."""
    if not change.viewer.is_system:
        raise AccessDenied(rules.NOT_BY_HAND)


def begin_design(change: Change) -> None:
    """Refuse an owner whose account is not open; give a new process its first draft: one step, in which the starter sends."""
    _check_person(change, "owner_id")
    if change.is_new and not change.viewer.is_system:
        change.after_write.append(lambda session: _add_draft(session, change.row))


def _check_person(change: Change, column: str) -> None:
    """Refuse somebody who is newly named and has no open account."""
    person_id = getattr(change.row, column)
    if person_id is None or not change.changed(column):
        return
    person = change.facts.get(Staff, person_id)
    if person is None or not person.active:
        raise RuleViolation(CHOOSE, column.removesuffix("_id"))


def _add_draft(session: Session, process: Process) -> None:
    with inside(session) as inner:
        version = ProcessVersion(process_id=process.id, number=1)
        inner.add(version)
        inner.flush()
        first = {"name_zh": "提交申请", "name_en": "Request", "who": Who.STARTER.value, "may_return": MayReturn.NEVER.value}
        inner.add(ProcessStep(version_id=version.id, code="start", position=10, **first))


def guard_version(change: Change) -> None:
    """Refuse to alter a published or retired version, but for its retirement."""
    if change.kind == "delete" and change.old("state") != rules.DRAFT:
        raise RuleViolation(rules.FROZEN_VERSION)
    if change.is_new or change.old("state") == rules.DRAFT:
        return
    is_retired = change.old("state") == rules.PUBLISHED and change.row.state == rules.RETIRED
    kept = ("note", "binding", "effect", "effect_by", "is_reserved", "published_at", "published_by_id", "asked_by_id")
    if any(change.changed(name) for name in kept) or not (is_retired or not change.changed("state")):
        raise RuleViolation(rules.FROZEN_VERSION)


def guard_part(change: Change) -> None:
    """Refuse to alter the parts of a version that is no draft any more; the version stays a draft until the transaction ends."""
    version = change.facts.get(ProcessVersion, change.row.version_id, share=True)
    if version is None or version.state != rules.DRAFT:
        raise RuleViolation(rules.FROZEN_VERSION)
    for column in ("stand_in_id", "person_id"):
        if hasattr(change.row, column) and change.kind != "delete":
            _check_person(change, column)


def guard_reserved(change: Change) -> None:
    """Refuse a write that a published version keeps for its own end."""
    if change.viewer.is_system or is_effecting() or change.kind in ("delete", "restore"):
        return
    made = [effect.code for effect in EFFECTS.first_of_each().values() if isinstance(change.row, effect.model) and effect.makes(change)]
    if not made:
        return
    version = ProcessVersion.__table__.c
    reserving = select(version.process_id).where(version.state == rules.PUBLISHED, version.is_reserved, version.effect.in_(made))
    process = change.facts.get(Process, change.facts.scalar(reserving.limit(1)))
    if process is not None:
        raise RuleViolation(str(rules.RESERVED) % {"process": process.label})

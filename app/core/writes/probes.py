"""The rate limit of answers that tell of a row outside the person's reach; each leaves a line in that row's history."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..access.viewer import Viewer
from ..base import clock
from ..base.errors import LimitedAnswer, RuleViolation
from .facts import Facts
from .history import HistoryEntry, note_event_of

KIND = "probe"
MOST, WINDOW = 10, timedelta(hours=1)
TOO_MANY = _l("You have entered several values that others have already. Wait an hour, or ask your manager.")


def refuse_prober(facts: Facts, viewer: Viewer, field: str) -> None:
    """Refuse to compare one more value for a person who has met hidden rows too often: the answer would tell of a row either way."""
    entry = HistoryEntry
    mine = select(func.count()).where(entry.actor_id == viewer.id, entry.kind == KIND, entry.at >= clock.now() - WINDOW)
    if not viewer.is_system and (facts.scalar(mine) or 0) >= MOST:
        raise RuleViolation(TOO_MANY, field)


def write_down(session: Session, answer: LimitedAnswer) -> None:
    """Write the line, in a transaction of its own: what was refused is rolled back."""
    note_event_of(session, answer.model, answer.row_id, KIND)
    session.commit()

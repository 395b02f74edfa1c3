"""The stage bar of a record: its statuses as steps, since when it stood in each, and the moves that its buttons make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import Integer, Select, bindparam, select

from ...extensions import db
from ..access.scope import CACHED_OPTION
from ..base import clock
from ..base.caches import once_each
from ..base.days import say_length
from ..base.entities import Entity
from ..base.i18n import Words
from ..base.page_data import Button
from ..base.workspace import Stage
from ..writes.history import HistoryEntry, names_in_history

ROW = "changed_row"  # parameter of a statement
MOST = 200  # changes that are read, the newest


@dataclass(frozen=True)
class Span:
    """How long a record stood in one state, by its code; `end` is None while it still does."""

    state: str
    start: datetime
    end: datetime | None

    @property
    def lasted(self) -> str:
        """Return how long that was."""
        return say_length(((self.end or clock.now()) - self.start).days)


@dataclass(frozen=True, kw_only=True)
class Step:
    """A status that a bar may show: its code and words, whether it is a way out, and what the button of a move to it sends.

    `move`: None where no move leads there from the present one. `dialog`: what the move needs is asked there.
    """

    code: str
    label: Words
    is_exit: bool = False
    move: str | None = None
    needs: Words = ""
    dialog: Button | None = None


def read_changes(item: Entity, *fields: str) -> list[HistoryEntry]:
    """Return the changes of these fields of a record, oldest first; of very many the newest."""
    statement = _select_changes(type(item), fields)
    return list(db.session.scalars(statement, {ROW: item.id}, execution_options={CACHED_OPTION: True}))[::-1]


@once_each
def _select_changes(model: type[Entity], fields: tuple[str, ...]) -> Select:
    entry = HistoryEntry
    mine = (entry.model.in_(names_in_history(model)), entry.row_id == bindparam(ROW, type_=Integer), entry.field.in_(fields))
    return select(entry).where(*mine).order_by(entry.id.desc()).limit(MOST)


def list_spans(changes: Sequence[HistoryEntry], present: str, first: datetime) -> list[Span]:
    """Return the states that a record stood in, from `first` on; the present one has no end."""
    spans, start, state = [], first, changes[0].old or "" if changes else present
    for line in changes:
        spans.append(Span(state, start, line.at))
        state, start = line.new or "", line.at
    return [*spans, Span(state, start, None)]


def draw_stages(steps: Sequence[Step], present: str, spans: Sequence[Span]) -> list[Stage]:
    """Return the steps as the bar shows them: those before the present one were, those behind it may come, ways out stand last."""
    begun: Mapping[str, Span] = {span.state: span for span in spans}
    codes = [step.code for step in steps if not step.is_exit]
    was = set(codes[: codes.index(present)]) if present in codes else set(codes) & set(begun)
    drawn = []
    for step in sorted(steps, key=lambda one: one.is_exit):
        is_now, span = step.code == present, begun.get(step.code)
        kind = ("left" if step.is_exit else "now") if is_now else "leave" if step.is_exit else "done" if step.code in was else "ahead"
        when, title = _say_when(span, is_now=is_now) if span is not None and kind in ("now", "left", "done") else (step.needs, "")
        is_open = step.move is not None and not is_now
        drawn.append(Stage(step.label, kind, when, title, step.move if is_open else None, step.dialog if is_open else None))
    return drawn


def _say_when(span: Span, *, is_now: bool) -> tuple[str, str]:
    """Return since when a state was, and how long it lasted."""
    day = clock.to_local(span.start).date().isoformat()
    if is_now:
        return day, _("since %(day)s, %(lasted)s", day=day, lasted=span.lasted)
    return day, _("from %(day)s, %(lasted)s", day=day, lasted=span.lasted)

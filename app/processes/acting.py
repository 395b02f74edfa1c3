"""What screens ask of cases: a form in, a case out. Each commits, or raises the refusal with nothing saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from ..core.base.errors import RuleViolation
from ..core.base.input_guard import parse_id
from ..core.writes import commit, resending
from ..extensions import db
from . import doing
from .asking import APPROVE, FILLS, Asked, make_move
from .designs import Process
from .doing import Given
from .forms import make_form, read_form
from .models import Case
from .page import list_written, look_at
from .queries import list_startable
from .reading import Design


@dataclass(frozen=True)
class Made:
    """A case that was just started."""

    id: int
    name: str


def find_by_code(code: str) -> Design | None:
    """Return the published version of a process by its code; None when there is none."""
    found = next((row for row in list_startable(db.session()) if row.code == code), None)
    return doing.find_design(found.id) if found is not None else None


def list_choices() -> Sequence[Process]:
    """Return what can be started."""
    return list_startable(db.session())


def start(design: Design, sent: Mapping[str, str]) -> Made:
    """Start a case from its form. Raises AlreadySent for a form that was sent before, RuleViolation and its kinds."""
    form = make_form(design, design.flow.first, {}, sent=sent)
    values = read_form(form, design, {})
    given = Given(said=sent.get("said", ""), values=values, chosen=read_chosen(sent), is_sent=sent.get("do") != "save")
    with commit.refusals():
        row = doing.start(design, given)
        db.session.flush()
        resending.note_submission(db.session(), Case.__name__, row.id)
        made = Made(row.id, str(row))
        db.session.commit()
    return made


def read_chosen(sent: Mapping[str, str]) -> tuple[int, ...]:
    """Return whom the sender chose for the next step."""
    getlist = getattr(sent, "getlist", None)
    texts = getlist("chosen") if getlist is not None else [sent.get("chosen", "")]
    found = (parse_id(text) for text in texts[:20])
    return tuple(dict.fromkeys(one for one in found if one is not None))


def act(item: Case, asked: Asked, sent: Mapping[str, str]) -> None:
    """Do what a form asks in a case. Raises AlreadySent, RuleViolation and its kinds."""
    case_id, values = item.id, None
    if asked.do in FILLS:
        look = look_at(item)
        written = list_written(look)
        if written:
            form = make_form(look.design, look.step, look.filled.values, sent=sent)
            values = read_form(form, look.design, look.filled.values)
    move = make_move(asked, case_id)
    given = Given(said=asked.said, values=values, chosen=read_chosen(sent), task=asked.task, is_sent=asked.do == APPROVE)
    with commit.refusals():
        doing.act(case_id, move, given)
        db.session.commit()


def claim(case_id: int, number: int) -> RuleViolation | None:
    """Take a task from a pool; return why not, None when it was taken."""
    try:
        with commit.refusals():
            doing.act(case_id, make_move(Asked("claim", number), case_id))
            db.session.commit()
    except RuleViolation as refusal:
        return refusal
    return None


def decide(chosen: Sequence[str]) -> tuple[int, list[str]]:
    """Approve several tasks (“case-number”), each by itself; return how many, and the sentences of those that were refused."""
    done, refused = 0, []
    for text in chosen:
        case_id, _bar, number = text.partition("-")
        try:
            _approve_in_bulk(parse_id(case_id) or 0, parse_id(number) or 0)
            done += 1
        except RuleViolation as refusal:
            row = db.session.scalar(select(Case).where(Case.id == (parse_id(case_id) or 0)))
            refused.append(f"{row.number if row is not None else text}: {refusal}")
    return done, refused


def _approve_in_bulk(case_id: int, number: int) -> None:
    move = make_move(Asked(APPROVE, number), case_id)
    with commit.refusals():
        doing.act(case_id, move, Given(task=number, is_sent=True, in_bulk=True))
        db.session.commit()


def start_from(design: Design, body: Mapping[str, object]) -> Made:
    """Start a case from a JSON body. Raises RuleViolation and its kinds."""
    given = Given(said=_text(body, "said"), values=_values(body) or {}, chosen=_chosen(body), is_sent=body.get("is_draft") is not True)
    row = doing.save(lambda: doing.start(design, given))
    return Made(row.id, str(row))


def act_from(case_id: int, asked: Asked, body: Mapping[str, object]) -> None:
    """Act in a case as a JSON body asks. Raises RuleViolation and its kinds."""
    values = _values(body) if asked.do in FILLS else None
    given = Given(said=asked.said, values=values, chosen=_chosen(body), task=asked.task, is_sent=asked.do == APPROVE)
    doing.save(lambda: doing.act(case_id, make_move(asked, case_id), given))


def _text(body: Mapping[str, object], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _values(body: Mapping[str, object]) -> dict[str, object] | None:
    values = body.get("values")
    return {str(code): value for code, value in values.items()} if isinstance(values, dict) else None


def _chosen(body: Mapping[str, object]) -> tuple[int, ...]:
    chosen = body.get("chosen")
    return tuple(found for one in chosen[:20] if (found := parse_id(str(one))) is not None) if isinstance(chosen, list) else ()

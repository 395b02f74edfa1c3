"""What was done and said in a case, in words: for the rail, the history and the print."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ..core.access.directory import name_of_actor, name_of_person
from ..core.base.days import Told, tell_time
from ..core.base.i18n import Words
from ..core.base.offers import FACTS
from ..core.views.timeline import shorten
from ..extensions import db
from . import words
from .models import CaseEvent
from .reading import Design

# What an event is called, and in which tone; what is not named here is the engine's own and is not told.
CALLED: Mapping[str, tuple[Words, str]] = {
    "decided": (_l("Approved"), "green"), "sent_back": (_l("Returned"), "amber"), "withdrawn": (_l("Withdrawn"), "grey"),
    "taken_back": (_l("Taken back"), "grey"), "claimed": (_l("Claimed"), "blue"), "released": (_l("Put back"), "grey"),
    "moved": (_l("Passed on"), "blue"), "lent": (_l("Delegated"), "blue"), "given_back": (_l("Opinion"), "blue"),
    "passed": (_l("Passed by itself"), "grey"), "stuck": (_l("Stuck"), "red"), "ended": (_l("Ended"), "grey"),
    "changed": (_l("Changed meanwhile"), "amber"), "handed": (_l("Handed over"), "blue"), "commented": (_l("Comment"), "grey"),
    "reminded": (_l("Reminded"), "grey"), "opened": (_l("Signer added"), "blue"), "dropped": (_l("Signer removed"), "grey"),
}  # fmt: skip
SENT = (_l("Sent"), "blue")
VERDICTS: Mapping[str, tuple[Words, str]] = {"no": (_l("Refused"), "red"), "back": (_l("Returned"), "amber")}


@dataclass(frozen=True)
class Opinion:
    """One line: who, at which step, what, since when, and the words said. `key`: the person's id, for the colour."""

    who: str
    key: int
    step: str
    label: Words
    tone: str
    at: datetime
    when: Told
    said: str = ""
    about: str = ""
    for_whom: str = ""


def read_opinions(design: Design, case_id: int) -> list[Opinion]:
    """Return what happened in a case, newest first."""
    rows = db.session.scalars(select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.place.desc())).all()
    told = (_tell(design, row) for row in rows)
    return [line for line in told if line is not None]


def _tell(design: Design, row: CaseEvent) -> Opinion | None:
    data: dict[str, Any] = json.loads(row.data)
    if row.kind not in CALLED or _is_plain(row, data):
        return None
    label, tone = CALLED[row.kind]
    if row.kind == "decided":
        is_first = row.step == design.flow.first.code
        label, tone = VERDICTS.get(data["verdict"], SENT if is_first else CALLED["decided"])
    if row.kind == "ended":
        label, tone = words.STATES[data["state"]]
    return Opinion(
        name_of_actor(row.actor_id), row.actor_id or 0, design.call(row.step), label, tone, row.at, tell_time(row.at), shorten(row.said),
        _say_about(row.kind, data), name_of_person(row.stands_for_id),
    )  # fmt: skip


def _is_plain(row: CaseEvent, data: Mapping[str, Any]) -> bool:
    """Tell whether an event says nothing that another line does not say."""
    if row.kind == "opened":
        return data["task"]["adder"] is None
    if row.kind == "dropped":
        return bool(data["why"] not in ("removed", "gone"))
    if row.kind == "sent_back":
        return row.actor_id is not None  # the decision that sent it back is told
    return row.kind == "ended" and data["state"] == "refused"


def _say_about(kind: str, data: Mapping[str, Any]) -> str:
    if kind == "opened":
        return _("to %(name)s", name=name_of_person(data["task"]["person"]))
    if kind in ("moved", "lent", "handed"):
        to = _("to %(name)s", name=name_of_person(data["to"]))
        why = words.REASONS.get(data.get("why", ""), "")
        return f"{to} · {why}" if why and data.get("by") is None else to
    if kind in ("passed", "stuck"):
        return str(words.REASONS.get(data["why"], data["why"]))
    if kind == "changed":
        fact = FACTS.find(data["code"])
        return _(
            "%(what)s: %(old)s → %(new)s",
            what=fact.label if fact is not None else data["code"],
            old=data["old"] or "–",
            new=data["new"] or "–",
        )
    return ""


def list_with_words(lines: Sequence[Opinion]) -> list[Opinion]:
    """Return the lines that the rail shows: decisions, and what was said."""
    return [line for line in lines if line.said or line.tone in ("green", "red", "amber") or line.label == SENT[0]]

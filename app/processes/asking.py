"""What a door asks to be done in a case, by name: the same words in forms and over REST."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from ..core.base.errors import RuleViolation
from ..core.base.i18n import Words
from ..core.base.input_guard import parse_id
from ..core.writes.fields import CHOOSE
from ..extensions import db
from . import rules
from .doing import Move
from .flow import moves, passing
from .flow.passing import Place
from .store import read_log

UNKNOWN = _l("There is no such action.")
APPROVE, SAVE = "approve", "save"
FILLS = (APPROVE, SAVE)  # what takes along what was filled in
ABOUT_TASK = ("give", "remove_signer")
NEEDS_REASON = ("refuse", "return", "cancel")


@dataclass(frozen=True)
class Asked:
    """What is asked: the action, of which task, who receives it, where a signer is added, to which step it returns, and the words said."""

    do: str
    task: int = 0
    to: int | None = None
    place: str = ""
    step: str = ""
    said: str = ""


def read_asked(values: Mapping[str, object], do: str = "") -> Asked:
    """Return what a form or a body asks for, of what its address names; odd values ask for nothing."""
    text = {name: str(values.get(name) or "") for name in ("do", "place", "step", "said")}
    # a button may say what it is about: “return:approve”, “give:3”
    do, _colon, about = (do or text["do"]).partition(":")
    if do == "return" and about:
        text["step"] = about
    task = about if do in ABOUT_TASK and about else str(values.get("task") or "")
    return Asked(do, parse_id(task) or 0, parse_id(str(values.get("to") or "")), **{
        name: text[name] for name in ("place", "step", "said")
    })  # fmt: skip


def make_move(asked: Asked, case_id: int) -> Move | None:
    """Return the engine's move of what is asked; None for keeping what was filled in. Raises RuleViolation for what is none."""
    if asked.do in NEEDS_REASON and not asked.said.strip():
        raise RuleViolation(rules.SAY_WHY, "said")
    if asked.do == SAVE:
        return None
    if asked.do in _WITH_RECEIVER:
        to = asked.to
        if to is None:
            raise RuleViolation(CHOOSE, "to")
        return _WITH_RECEIVER[asked.do](asked, to)
    if asked.do == "take_back":
        return lambda run, actor: moves.take_back(run, actor, read_log(db.session(), case_id))
    if asked.do not in _PLAIN:
        raise RuleViolation(UNKNOWN)
    return _PLAIN[asked.do](asked)


_PLAIN: Mapping[str, Callable[[Asked], Move]] = {
    APPROVE: lambda asked: lambda run, actor: moves.approve(run, actor, asked.task),
    "refuse": lambda asked: lambda run, actor: moves.refuse(run, actor, asked.task),
    "return": lambda asked: lambda run, actor: moves.send_back(run, actor, asked.task, asked.step),
    "claim": lambda asked: lambda run, actor: moves.claim(run, actor, asked.task),
    "release": lambda asked: lambda run, actor: moves.release(run, actor, asked.task),
    "remove_signer": lambda asked: lambda run, actor: passing.remove_signer(run, actor, asked.task),
    "withdraw": lambda _asked: moves.withdraw,
    "cancel": lambda _asked: moves.cancel,
    "drop": lambda _asked: moves.drop,
    "remind": lambda _asked: moves.remind,
    "comment": lambda _asked: moves.comment,
}
_WITH_RECEIVER: Mapping[str, Callable[[Asked, int], Move]] = {
    "transfer": lambda asked, to: lambda run, actor: passing.transfer(run, actor, asked.task, to),
    "delegate": lambda asked, to: lambda run, actor: passing.lend(run, actor, asked.task, to),
    "add_signer": lambda asked, to: lambda run, actor: passing.add_signer(run, actor, asked.task, to, _read_place(asked.place)),
    "give": lambda asked, to: lambda run, actor: passing.give(run, actor, asked.task, to),
}


def _read_place(text: str) -> Place:
    if text not in {*Place}:
        raise RuleViolation(CHOOSE, "place")
    return Place(text)


DONE_WORDS: Mapping[str, Words] = {
    APPROVE: _l("Done"), SAVE: _l("Kept as a draft"), "refuse": _l("Refused"), "return": _l("Returned"), "claim": _l("The task is yours"),
    "release": _l("The task is back in the pool"), "remove_signer": _l("The signer is asked no more"), "withdraw": _l("Withdrawn"),
    "cancel": _l("Cancelled"), "drop": _l("Given up"), "remind": _l("Reminded"), "comment": _l("Said"), "transfer": _l("Passed on"),
    "delegate": _l("Delegated"), "add_signer": _l("The signer is asked"), "give": _l("Given to somebody else"),
    "take_back": _l("Taken back"),
}  # fmt: skip

"""What may happen to a customer: stages, codes, owners. Plain functions, no framework."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time

from flask_babel import lazy_gettext as _l

from ..core.base.errors import AccessDenied, RuleViolation

LEAD, SIGNED, TERMINATED = STAGES = ("lead", "signed", "terminated")

STAGE_WORDS = {LEAD: _l("Lead"), SIGNED: _l("Signed"), TERMINATED: _l("Terminated")}
OPEN, DONE = "open", "done"
STEP_WORDS = {OPEN: _l("Open"), DONE: _l("Done")}
# What a browser opens as a page, in any case of its letters.
WEBSITE = re.compile(r"[hH][tT][tT][pP][sS]?://[^\s]+")

# GB 32100-2015: 18 characters without I, O, Z, S, V; the last is a check character modulo 31.
CREDIT_CODE_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_CODE = re.compile(f"[{CREDIT_CODE_LETTERS}]{{18}}")
CREDIT_CODE_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)

BAD_CREDIT_CODE = _l("This is not a valid unified social credit code: 18 characters, the last one a check digit.")
ALREADY_ENTERED = _l("A customer with this code is already entered. Ask your manager.")
NAME_NEEDED = _l("Enter the customer's name.")
OUT_OF_REACH = _l("Choose a customer within your reach.")
STATUS_NEEDED = _l("Choose a status.")
STATUS_RETIRED = _l("This status is no longer in use. Choose another.")
HAS_CONTRACTS = _l("This customer has contracts, so it can only leave the signed stage by termination.")
A_CONTRACT_IN_FORCE = _l("A contract of this customer is in force. It must be ended first.")
REASON_NEEDED = _l("Enter the reason for the termination.")
DATE_NEEDED = _l("Enter the date of the termination.")
END_IN_FUTURE = _l("The date of the termination cannot be in the future.")
LEAD_AFTER_END = _l("A terminated customer can sign again, but not become a lead again.")
OWNER_NEEDED = _l("Choose a salesperson.")
OWNER_CLOSED = _l("This account is closed. Choose an active person.")
ACCOUNT_CLOSED = _l("Your account is closed.")
OWNER_CANNOT_WORK = _l("The roles of this colleague do not include working on customers.")
OWNER_OUT_OF_REACH = _l("Choose a salesperson within your reach.")
OWNER_NOT_YOURS = _l("Only a manager can give a customer to someone else.")
STAGE_IN_USE = _l("Customers have this status, so it keeps its stage.")
STATUS_IN_USE = _l("Customers have this status. Retire it instead of deleting it.")
WEBSITE_BAD = _l("A website begins with http:// or https://.")
ONE_PRIMARY = _l("Only one contact can be the primary one.")
CONTACT_NAME_NEEDED = _l("Enter the contact's name.")
STEP_DAY_NEEDED = _l("Enter the day of the next step, or leave its text and time empty too.")
FOR_A_TERMINATION = _l("for a termination")


def find_check_character(body: str) -> str:
    """Return the check character for the first 17 characters of a credit code (GB 32100-2015)."""
    total = sum(CREDIT_CODE_LETTERS.index(letter) * weight for letter, weight in zip(body, CREDIT_CODE_WEIGHTS, strict=True))
    return CREDIT_CODE_LETTERS[(31 - total % 31) % 31]


def clean_credit_code(text: str | None) -> str | None:
    """Return the code in capitals without spaces, None when empty; refuse a wrong one."""
    code = re.sub(r"\s", "", text or "").upper()
    if not code:
        return None
    if CREDIT_CODE.fullmatch(code) is None:
        raise RuleViolation(BAD_CREDIT_CODE, "credit_code")
    if find_check_character(code[:17]) != code[17]:
        raise RuleViolation(BAD_CREDIT_CODE, "credit_code")
    return code


def clean_name(name: str) -> str:
    """Return the name with single blanks between its words."""
    return " ".join(name.split())


def check_stage_move(old: str | None, new: str) -> None:
    """Refuse a stage that cannot follow."""
    if old is not None and not is_open_stage(old, new):
        raise RuleViolation(LEAD_AFTER_END, "status")


def is_open_stage(old: str, new: str) -> bool:
    """Tell whether a customer may go from one stage to another, contracts apart."""
    return not (old == TERMINATED and new == LEAD)


def is_exit(stage: str) -> bool:
    """Tell whether a status of this stage is a way out, and no next step."""
    return stage == TERMINATED


def needs_end(stage: str) -> bool:
    """Tell whether a move to this stage needs a reason and a day."""
    return stage == TERMINATED


def check_end(*, reason: str, ended_on: date | None, today: date) -> None:
    """Refuse a termination without a reason, or without a day that has come."""
    if not (reason or "").strip():
        raise RuleViolation(REASON_NEEDED, "status_reason")
    if ended_on is None:
        raise RuleViolation(DATE_NEEDED, "ended_on")
    if ended_on > today:
        raise RuleViolation(END_IN_FUTURE, "ended_on")


@dataclass(frozen=True, kw_only=True)
class Step:
    """What is to be done next with a customer: text, day, time of day, open or done, and how often its day was put off."""

    text: str = ""
    on: date | None = None
    at: time | None = None
    state: str | None = None
    postponed: int = 0


NO_STEP = Step()


def check_step_day(step: Step) -> None:
    """Refuse the text or the time of a next step that has no day."""
    if step.on is None and (step.text or step.at is not None):
        raise RuleViolation(STEP_DAY_NEEDED, "next_step_on")


def settle_step(old: Step, asked: Step) -> Step:
    """Return the step as it is stored when one asks for `asked` in place of `old`.

    A step without a day is none. It is a new one, open and never postponed, when there was none, when the old one was done and text or
    day differ, or when text and day both differ; else it is the old one, postponed once more if it stays open and its day moves later.
    """
    check_step_day(asked)
    if asked.on is None:
        if asked.state is not None and asked.state != old.state:
            raise RuleViolation(STEP_DAY_NEEDED, "next_step_on")
        return NO_STEP
    differs = (asked.text != old.text, asked.on != old.on)
    if old.on is None or (any(differs) if old.state == DONE else all(differs)):
        return replace(asked, state=asked.state if asked.state not in (None, old.state) else OPEN, postponed=0)
    state = asked.state or OPEN
    is_later = old.state == state == OPEN and asked.on > old.on
    return replace(asked, state=state, postponed=old.postponed + is_later)


def is_settled(step: Step) -> bool:
    """Tell whether nothing is open: there is no step, or it is done."""
    return step.on is None or step.state == DONE


def describe_step(step: Step) -> str:
    """Return a step in one line: day, time, text; '' for none."""
    parts = (step.on.isoformat() if step.on else "", step.at.isoformat("minutes") if step.at is not None else "", step.text)
    return " ".join(part for part in parts if part)


@dataclass(frozen=True, kw_only=True)
class StageMove:
    """A customer's move from one stage to another, and its contracts."""

    old: str | None
    new: str
    has_contracts: bool  # any that is not void
    in_force: Sequence[str]  # the numbers of those in force that the actor may see
    is_hidden: bool  # others are in force


def check_contracts_allow(move: StageMove) -> None:
    """Refuse a stage that the customer's contracts forbid."""
    if move.old == move.new or move.old != SIGNED:
        return
    if move.new != TERMINATED and move.has_contracts:
        raise RuleViolation(HAS_CONTRACTS, "status")
    if move.new == TERMINATED and move.in_force:
        raise RuleViolation(_l("Contract %(number)s is in force. End it first.", number=", ".join(move.in_force[:3])), "status")
    if move.new == TERMINATED and move.is_hidden:
        raise RuleViolation(A_CONTRACT_IN_FORCE, "status")


@dataclass(frozen=True, kw_only=True)
class OwnerChange:
    """Who is to own a customer, seen by who gives it."""

    exists: bool
    is_active: bool
    in_reach: bool  # of the giver
    is_new_row: bool
    is_self: bool  # the giver takes it
    may_reassign: bool  # the giver manages the customer
    may_work: bool  # the roles of the new owner include customers


def check_owner(change: OwnerChange) -> None:
    """Refuse an owner who is unknown, closed, out of the giver's reach or without the right; only managers give rows away."""
    if not change.exists:
        raise RuleViolation(OWNER_OUT_OF_REACH, "owner")
    if change.is_self and change.is_new_row:
        return
    if not change.may_reassign:
        raise AccessDenied(OWNER_NOT_YOURS, "owner")
    if not change.in_reach:
        raise RuleViolation(OWNER_OUT_OF_REACH, "owner")
    if not change.is_active:
        raise RuleViolation(OWNER_CLOSED, "owner")
    if not change.may_work:
        raise RuleViolation(OWNER_CANNOT_WORK, "owner")


def check_own_account(*, is_active: bool) -> None:
    """Refuse a customer that someone enters while their account is being closed: it would be left behind."""
    if not is_active:
        raise RuleViolation(ACCOUNT_CLOSED)


def refuse_unsigned(stage: str | None, *, field: str = "customer") -> None:
    """Refuse a customer that is not in the signed stage, naming the reason. Unknown: stage None."""
    sentence = why_not_signed(stage)
    if sentence is not None:
        raise RuleViolation(sentence, field)


NOT_SIGNED_YET = _l("This customer has not signed yet. Only signed customers can be chosen.")
ONLY_READ = _l("You may read this customer, but not work on it. Ask its salesperson.")
HAS_ENDED = _l("This customer's contract relationship has been terminated. Only signed customers can be chosen.")


def why_not_signed(stage: str | None) -> object | None:
    """Return the sentence that says why a customer of this stage cannot be chosen; None when it can."""
    return {None: OUT_OF_REACH, LEAD: NOT_SIGNED_YET, TERMINATED: HAS_ENDED}.get(stage) if stage != SIGNED else None


def describe_contact(name: str, title: str, phone: str, mail: str, *, is_primary: bool) -> str:
    """Return a contact in one line; a star marks the primary one."""
    called = f"{name}（{title}）" if title else name
    return " ".join(part for part in (called, phone, mail, "★" if is_primary else "") if part)


def make_search_text(name: str, number: str, credit_code: str | None, phones: Sequence[str]) -> str:
    """Return the one line that searches look through: name, number, code and phones (digits too), in small letters."""
    digits = [re.sub(r"\D", "", phone) for phone in phones]
    parts = [name, number, credit_code or "", *phones, *digits]
    return " ".join(dict.fromkeys(part.strip().lower() for part in parts if part and part.strip()))[:2000]

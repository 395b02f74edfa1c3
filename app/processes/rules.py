"""What may happen to designed processes and to what is filled in. What may happen in a case stands in `flow.moves`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l

from ..core.base.errors import RuleViolation

DRAFT, PUBLISHED, RETIRED = "draft", "published", "retired"
CODE = re.compile(r"[a-z][a-z0-9_]{0,29}")
CODE_BAD = _l("A code begins with a small letter and has small letters, digits and _ only.")

FROZEN_VERSION = _l("A published version stays as it is. Copy it, and change the copy.")
NOT_BY_HAND = _l("A case moves on by its process alone.")
HAS_DRAFT = _l("This process has a draft already.")
HAS_FAULTS = _l("This version has faults. Mend them before you publish it.")
NEEDS_SECOND = _l("Somebody else than who asked for it must publish this version.")
NOT_STARTABLE = _l("No version of this process is published.")
ONLY_CANCELLED = _l("Only a draft that was cancelled can be deleted.")
NOT_IN_BULK = _l("This step is decided one case at a time.")
SAY_WHY = _l("Enter the reason.")
REMINDED_TODAY = _l("This task was called for today already.")
RESERVED = _l("This goes through the process “%(process)s”.")
NO_RECORD = _l("The process ends with an effect, and the case names no record for it.")

# What is wrong with a contract's number, one sentence each. One that the reader may not see is told as one that is not there.
NUMBER_NEEDED = _l("Enter the contract number.")
NUMBER_LENGTH = _l("A contract number has %(n)s characters; this one has %(m)s.")
NUMBER_UNKNOWN = _l("There is no contract of this number that you can see.")
CONTRACT_VOID = _l("This contract is void.")
CONTRACT_DRAFT = _l("This contract is a draft. Bring it into force first.")
CONTRACT_EXPIRED = _l("This contract has expired. Renew it first.")
CONTRACT_TERMINATED = _l("This contract is terminated.")
CUSTOMER_LEFT = _l("The customer of this contract is not in the signed stage any more.")
CONTRACT_TAKEN = _l("This contract is in a running case already: %(number)s.")
STATES = {"void": CONTRACT_VOID, "draft": CONTRACT_DRAFT, "expired": CONTRACT_EXPIRED, "terminated": CONTRACT_TERMINATED}


@dataclass(frozen=True, kw_only=True)
class NumberFacts:
    """What was typed as a contract's number (`text`, made plain), and what is known of the contract of that number.

    `length`: of the series; `state`: that a person sees, None for a contract that is not there, not theirs to see, or in the bin;
    `taken_by`: the running case that has it already, '' for none or where several may.
    """

    text: str
    length: int
    state: str | None
    is_signed: bool = True
    taken_by: str = ""


def check_contract_number(facts: NumberFacts) -> None:
    """Refuse a number that is none of a contract in force, in the sentence that says what is wrong with it."""
    if not facts.text:
        raise RuleViolation(NUMBER_NEEDED)
    if facts.state is None:
        if len(facts.text) != facts.length:
            raise RuleViolation(str(NUMBER_LENGTH) % {"n": facts.length, "m": len(facts.text)})
        raise RuleViolation(NUMBER_UNKNOWN)
    if facts.state in STATES:
        raise RuleViolation(STATES[facts.state])
    if not facts.is_signed:
        raise RuleViolation(CUSTOMER_LEFT)
    if facts.taken_by:
        raise RuleViolation(str(CONTRACT_TAKEN) % {"number": facts.taken_by})


def begins_later(start_on: date | None, today: date) -> bool:
    """Tell whether a contract in force begins only after today: it is taken, with a notice."""
    return start_on is not None and start_on > today


@dataclass(frozen=True, kw_only=True)
class Publication:
    """A draft that is to be published: whether it has faults, who asked for it, and whether the setting asks for a second person."""

    has_faults: bool
    state: str
    needs_second: bool
    asked_by: int | None
    actor: int | None


def check_publication(publication: Publication) -> None:
    """Refuse to publish what is no draft, what has faults, or what the same person asked for where a second one is needed."""
    if publication.state != DRAFT:
        raise RuleViolation(FROZEN_VERSION)
    if publication.has_faults:
        raise RuleViolation(HAS_FAULTS)
    if publication.needs_second and publication.asked_by in (None, publication.actor):
        raise RuleViolation(NEEDS_SECOND)


def is_deletable(*, state: str, was_sent: bool) -> bool:
    """Tell whether a case may go to the bin: a draft that was given up before it was sent."""
    return state == "cancelled" and not was_sent


def check_deletion(*, state: str, was_sent: bool) -> None:
    """Refuse to delete any other case."""
    if not is_deletable(state=state, was_sent=was_sent):
        raise RuleViolation(ONLY_CANCELLED)

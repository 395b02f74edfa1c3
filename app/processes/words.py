"""What people call the parts of a flow: codes of `flow.definition` in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from ..core.base.i18n import Words
from .flow import case, seats
from .flow.conditions import EMPTY, FILLED
from .flow.definition import Kind, MayReturn, Nobody, OnNo, Overdue, Quorum, Resume, Right, Who
from .flow.run import NO_ROUTE

KINDS: dict[str, Words] = {
    Kind.TEXT: _l("Text"), Kind.LONG_TEXT: _l("Long text"), Kind.NUMBER: _l("Number"), Kind.MONEY: _l("Money"), Kind.DATE: _l("Day"),
    Kind.CHOICE: _l("Choice"), Kind.YES_NO: _l("Yes or no"), Kind.PERSON: _l("Person"), Kind.DEPARTMENT: _l("Department"),
    Kind.CONTRACT: _l("Contract"), Kind.CUSTOMER: _l("Customer"), Kind.ATTACHMENT: _l("File"), Kind.ROWS: _l("Table of rows"),
}  # fmt: skip
WHO: dict[str, Words] = {
    Who.STARTER: _l("The starter"), Who.ROLE: _l("A role"), Who.PERSON_FIELD: _l("A person named in the form"),
    Who.MANAGER: _l("The starter's manager"), Who.MANAGER_ABOVE: _l("The manager above"), Who.CHOSEN: _l("Chosen by the one before"),
}  # fmt: skip
QUORUMS: dict[str, Words] = {
    Quorum.ONE: _l("One takes it"), Quorum.ALL: _l("All sign"), Quorum.ANY: _l("Any one signs"), Quorum.SOME: _l("Some of them sign"),
    Quorum.IN_TURN: _l("One after another"), Quorum.EACH_ROLE: _l("One of each role"),
}  # fmt: skip
ON_NO: dict[str, Words] = {OnNo.ENDS: _l("One “no” ends the case"), OnNo.COUNTS: _l("A “no” counts against the number")}
MAY_RETURN: dict[str, Words] = {
    MayReturn.NEVER: _l("Never"), MayReturn.PREVIOUS: _l("To the step before"), MayReturn.START: _l("To the starter"),
    MayReturn.ANY: _l("To any earlier step"),
}  # fmt: skip
RESUME: dict[str, Words] = {Resume.STRAIGHT: _l("Straight back to who returned it"), Resume.AGAIN: _l("Through all steps again")}
NOBODY: dict[str, Words] = {
    Nobody.SKIP: _l("Pass the step"), Nobody.STAND_IN: _l("A stand-in does it"), Nobody.OWNER: _l("The process owner does it"),
}  # fmt: skip
OVERDUE: dict[str, Words] = {
    Overdue.REMIND: _l("Remind"), Overdue.TELL_MANAGER: _l("Tell the manager"), Overdue.GIVE_TO_MANAGER: _l("Give it to the manager"),
}  # fmt: skip
RIGHTS: dict[str, Words] = {
    Right.WRITE: _l("may write"), Right.REQUIRED: _l("must write"), Right.READ: _l("reads"), Right.HIDDEN: _l("hidden"),
}  # fmt: skip
OPERATORS: dict[str, Words] = {
    "eq": _l("is"), "ne": _l("is not"), "gt": _l("is more than"), "ge": _l("is at least"), "lt": _l("is less than"),
    "le": _l("is at most"), "contains": _l("contains"), FILLED: _l("is filled in"), EMPTY: _l("is empty"),
}  # fmt: skip
COPIES: dict[str, Words] = {
    "starter": _l("The starter"), "manager": _l("The starter's manager"), "role": _l("A role"), "person": _l("A person"),
}  # fmt: skip
STATES: dict[str, tuple[Words, str]] = {
    case.DRAFT: (_l("Draft"), "grey"), case.RUNNING: (_l("Running"), "blue"), case.DONE: (_l("Done"), "green"),
    case.REFUSED: (_l("Refused"), "red"), case.CANCELLED: (_l("Cancelled"), "grey"),
}  # fmt: skip
REASONS: dict[str, Words] = {
    seats.NO_HOLDER: _l("nobody with an open account has the role"), seats.NO_MANAGER: _l("there is no manager"),
    seats.NOT_NAMED: _l("nobody was named"), seats.ACCOUNT_CLOSED: _l("the account is closed"),
    seats.ONLY_STARTER: _l("only the starter could do it, and may not"), seats.SAME_PERSON: _l("the same person approved before"),
    NO_ROUTE: _l("no condition of the ways on holds"), "transferred": _l("passed on"), "given": _l("given by the process owner"),
    "overdue": _l("it was overdue"),
}  # fmt: skip

"""What may happen to a contract: states, terms, renewals. Plain functions, no framework."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import lazy_gettext as _l

from ..core.base.errors import RuleViolation
from ..core.base.lifecycle import Lifecycle, Move, State

REASON_NEEDED = _l("Enter the reason.")
END_NEEDED = _l("Enter the end date before the contract comes into force.")
START_NEEDED = _l("Enter the start date before the contract comes into force.")
SIGNED_NEEDED = _l("Enter the date of signature before the contract comes into force.")

LIFECYCLE = Lifecycle(
    states={
        "draft": State(_l("Draft"), "grey"),
        "in_force": State(_l("In force"), "green"),
        "expired": State(_l("Expired"), "amber"),
        "terminated": State(_l("Terminated"), "red"),
        "void": State(_l("Void"), "grey"),
    },
    first="draft",
    moves=(
        Move("start", _l("Bring into force"), ("draft",), "in_force",
             {"signed_on": SIGNED_NEEDED, "start_on": START_NEEDED, "end_on": END_NEEDED}),
        Move("terminate", _l("Terminate"), ("in_force",), "terminated", {"status_reason": REASON_NEEDED}, True),
        Move("void", _l("Void"), ("draft", "in_force"), "void", {"status_reason": REASON_NEEDED}, True),
    ),
)  # fmt: skip

IN_FORCE = "in_force"
STORED_STATES = {name: state.label for name, state in LIFECYCLE.states.items() if name != "expired"}  # which follows from the end date
CURRENCIES = ("CNY", "HKD", "USD", "EUR")
RENEWABLE = ("in_force", "terminated")
ENDED = ("terminated", "void")

TITLE_NEEDED = _l("Enter the contract's title.")
AMOUNT_BAD = _l("Enter an amount of zero or more, with at most two decimals.")
CURRENCY_BAD = _l("Choose a currency.")
TERM_BAD = _l("The end date lies before the start date.")
IS_ENDED = _l("A contract that is void or terminated cannot be changed.")
RENEWS_ITSELF = _l("A contract cannot renew itself.")
RENEWS_OTHER_CUSTOMER = _l("Choose a contract of the same customer to renew.")
RENEWS_VOID = _l("A void contract or a draft cannot be renewed.")
IS_RENEWED = _l("This contract has been renewed already.")
CUSTOMER_UNSIGNED = _l("The customer is not in the signed stage, so none of its contracts can be in force.")
CUSTOMER_FIXED = _l("The number of a contract in force belongs to its customer. Void it and write another.")


def check_terms(*, start_on: date | None, end_on: date | None) -> None:
    """Refuse a contract that ends before it starts."""
    if start_on and end_on and end_on < start_on:
        raise RuleViolation(TERM_BAD, "end_on")


def check_start(*, signed_on: date | None, start_on: date | None, end_on: date | None) -> None:
    """Refuse a contract in force without the dates that say since when and until when."""
    for value, sentence, field in (
        (signed_on, SIGNED_NEEDED, "signed_on"), (start_on, START_NEEDED, "start_on"), (end_on, END_NEEDED, "end_on"),
    ):  # fmt: skip
        if value is None:
            raise RuleViolation(sentence, field)


def check_customer_of_force(*, is_signed: bool) -> None:
    """Refuse a contract in force of a customer who has not signed, or ended."""
    if not is_signed:
        raise RuleViolation(CUSTOMER_UNSIGNED, "status")


def is_ended(status: str | None) -> bool:
    """Tell whether a contract is over by its status, so that nothing of it can be changed any more."""
    return status in ENDED


def refuse_ended(*, old_status: str | None) -> None:
    """Refuse any change of a contract that is void or terminated."""
    if is_ended(old_status):
        raise RuleViolation(IS_ENDED)


def check_customer_change(*, old_status: str | None) -> None:
    """Refuse to move a contract to another customer once it is in force."""
    if old_status not in (None, "draft"):
        raise RuleViolation(CUSTOMER_FIXED, "customer")


def is_renewable(status: str) -> bool:
    """Tell whether a contract of this status may be offered for renewal."""
    return status in RENEWABLE


@dataclass(frozen=True, kw_only=True)
class Renewal:
    """The contract that another one is to renew, as far as the actor may see it (`exists`); `status` is None for an unseen one."""

    is_self: bool
    exists: bool
    same_customer: bool
    status: str | None
    already_renewed: bool


def check_renewal(renewed: Renewal) -> None:
    """Refuse to renew a contract of another customer, a draft or void one, itself, or one renewed already."""
    if renewed.is_self:
        raise RuleViolation(RENEWS_ITSELF, "renews")
    if not renewed.exists or not renewed.same_customer:
        raise RuleViolation(RENEWS_OTHER_CUSTOMER, "renews")
    if renewed.status in ("draft", "void"):
        raise RuleViolation(RENEWS_VOID, "renews")
    if renewed.already_renewed:
        raise RuleViolation(IS_RENEWED, "renews")


def find_next_term(start_on: date | None, end_on: date | None) -> tuple[date | None, date | None]:
    """Return the term that follows another and lasts as long: by months where it was of whole months, else by days; open where it was."""
    if end_on is None:
        return None, None
    begin = end_on + timedelta(days=1)
    if start_on is None:
        return begin, None
    months = (begin.year - start_on.year) * 12 + begin.month - start_on.month
    if months > 0 and begin.day == start_on.day:
        return begin, _add_months(begin, months) - timedelta(days=1)
    return begin, begin + (end_on - start_on)


def _add_months(day: date, months: int) -> date:
    """Return the same day so many months later; the month's last where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def find_state(status: str, end_on: date | None, today: date) -> str:
    """Return the state a person sees: a contract in force past its end date is expired."""
    return "expired" if status == "in_force" and end_on is not None and end_on < today else status


@dataclass(frozen=True, kw_only=True)
class Span:
    """The stored status of a contract, and the first and the last day of its term; None: open on that side."""

    status: str
    start_on: date | None
    end_on: date | None


def covers(span: Span, today: date) -> bool:
    """Tell whether a contract is in force on this day (the twin of `queries.covering`)."""
    begun, lasts = span.start_on is None or span.start_on <= today, span.end_on is None or span.end_on >= today
    return span.status == "in_force" and begun and lasts

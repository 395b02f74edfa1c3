"""What may be handed over, to whom, and when it can be taken back. Plain functions, no framework."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import lazy_gettext as _l

from ..core.base.errors import AccessDenied, RuleViolation

KINDS = ("handover", "reassign")
STATES = ("done", "undone", "partly")
UNDO_DAYS = 30
MAX_RECEIVERS = 20
MAX_EXCEPTIONS = 500

NO_RIGHT = _l("Your roles do not let you hand this over. Ask the person's manager or an administrator.")
LEAVER_NEEDED = _l("Choose who leaves, within your reach.")
LEAVER_IS_YOU = _l("You cannot hand over your own work. Ask your manager.")
RECEIVER_NEEDED = _l("Choose at least one active colleague who takes over.")
TOO_MANY_RECEIVERS = _l("Choose at most 20 colleagues.")
RECEIVER_CLOSED = _l("This account is closed. Choose an active person.")
RECEIVER_IS_LEAVER = _l("The person who leaves cannot take over.")
RECEIVER_OUT_OF_REACH = _l("Choose colleagues within your reach.")
RECEIVER_CANNOT_WORK = _l("The roles of this colleague do not include working on these entries.")
NOTHING_CHOSEN = _l("Nothing is chosen to be handed over.")
UNTIL_NEEDED = _l("Choose a day from today on, until when the leaver may read.")
CLOSED_KEEPS_NOTHING = _l("An account that is closed cannot keep read access. Choose one of the two.")
CHANGED_SINCE = _l("What this person holds has changed since the preview. Look at it again; nothing was moved.")
CLOSE_OUT_OF_REACH = _l("You hand over only part of this person's work, so you cannot close the account. Ask IT.")
CLOSE_NO_RIGHT = _l("Your roles do not let you close accounts. Ask IT.")
STILL_HOLDS = _l("This person still holds work that would be left behind, so the account cannot be closed. Hand all of it over first.")
ALREADY_UNDONE = _l("This handover was undone already.")
UNDO_LATE = _l("A handover can be undone for 30 days; this one is older.")
UNDO_OUT_OF_REACH = _l("Some of these entries, or the people they came from, are outside your reach by now. Ask an administrator.")
LEAVER_CLOSED = _l("The account of the person who left is closed. IT must reopen it first.")

# Why a row stays where it is when its handover is undone.
SKIPPED = {
    "gone": _l("no longer there"),
    "moved_on": _l("given to someone else since"),
    "changed": _l("changed since"),
    "worked_on": _l("something was logged or changed under it since"),
    "closed": _l("the account it would go back to is closed"),
}


def check_leaver(*, is_known: bool, is_in_reach: bool, is_self: bool) -> None:
    """Refuse a leaver who is unknown, out of reach, or the person who hands over."""
    if not is_known or not is_in_reach:
        raise RuleViolation(LEAVER_NEEDED, "leaver")
    if is_self:
        raise RuleViolation(LEAVER_IS_YOU, "leaver")


def check_chosen(*, receivers: Collection[int], used: Collection[int]) -> None:
    """Refuse a plan that names colleagues and leaves everything as it is."""
    if receivers and not used:
        raise RuleViolation(NOTHING_CHOSEN)


@dataclass(frozen=True, kw_only=True)
class Receivers:
    """The ids of the people who are to take over, of those whom the giver may choose, and of those of them whose account is closed."""

    chosen: Collection[int]
    offered: Collection[int]
    closed: Collection[int]
    leaver_id: int | None


def check_receivers(receivers: Receivers) -> None:
    """Refuse nobody, too many, the leaver, a closed account, or someone out of the giver's reach."""
    chosen = set(receivers.chosen)
    if not chosen:
        raise RuleViolation(RECEIVER_NEEDED, "to")
    if len(chosen) > MAX_RECEIVERS:
        raise RuleViolation(TOO_MANY_RECEIVERS, "to")
    if receivers.leaver_id in chosen:
        raise RuleViolation(RECEIVER_IS_LEAVER, "to")
    if chosen & set(receivers.closed):
        raise RuleViolation(RECEIVER_CLOSED, "to")
    if not chosen <= set(receivers.offered):
        raise RuleViolation(RECEIVER_OUT_OF_REACH, "to")


def check_still_open(*, is_open: bool) -> None:
    """Refuse receivers of whom one's account was closed while the handover ran."""
    if not is_open:
        raise RuleViolation(RECEIVER_CLOSED, "to")


def check_near(*, is_near: bool, field: str) -> None:
    """Refuse a receiver who is out of the giver's reach for this kind of rows."""
    if not is_near:
        raise RuleViolation(RECEIVER_OUT_OF_REACH, field)


def check_worker(*, may_work: bool, field: str) -> None:
    """Refuse a receiver whose roles do not include editing the module's rows."""
    if not may_work:
        raise RuleViolation(RECEIVER_CANNOT_WORK, field)


@dataclass(frozen=True, kw_only=True)
class HandoverOptions:
    """What becomes of the leaver: read access until a day (`keep`), or the account closed (`close`); and what the giver may."""

    keep: bool
    keep_until: date | None
    close: bool
    may_close: bool
    is_wholly_in_reach: bool  # the leaver, for every kind of work and not for one of them alone
    today: date


def check_options(options: HandoverOptions) -> None:
    """Refuse read access until a day that is past or none, a closed account that keeps access, and closing without the right."""
    if options.keep and options.close:
        raise RuleViolation(CLOSED_KEEPS_NOTHING, "close")
    if options.keep and (options.keep_until is None or options.keep_until < options.today):
        raise RuleViolation(UNTIL_NEEDED, "keep_until")
    if options.close and not options.may_close:
        raise AccessDenied(CLOSE_NO_RIGHT, "close")
    if options.close and not options.is_wholly_in_reach:
        raise AccessDenied(CLOSE_OUT_OF_REACH, "close")


def check_preview(*, seen: str, now: str) -> None:
    """Refuse to run what differs from what was shown."""
    if seen != now:
        raise RuleViolation(CHANGED_SINCE)


def check_nothing_left(held: Mapping[str, int]) -> None:
    """Refuse to close an account that still holds something. `held`: how many of each kind, whoever may see them."""
    if any(held.values()):
        raise RuleViolation(STILL_HOLDS, "close")


def is_undoable(*, state: str, done_at: datetime, now: datetime) -> bool:
    """Tell whether a handover stands and is young enough to be taken back."""
    return state == "done" and now - done_at <= timedelta(days=UNDO_DAYS)


@dataclass(frozen=True, kw_only=True)
class Undo:
    """A handover that is to be taken back now. Instants in UTC."""

    state: str
    done_at: datetime
    now: datetime
    reopens: bool  # the leaver's account, which the handover closed
    leaver_is_active: bool


def check_undo(undo: Undo) -> None:
    """Refuse to undo twice, after 30 days, or to an account that was closed by someone else."""
    if not is_undoable(state=undo.state, done_at=undo.done_at, now=undo.now):
        raise RuleViolation(ALREADY_UNDONE if undo.state != "done" else UNDO_LATE)
    if not undo.leaver_is_active and not undo.reopens:
        raise RuleViolation(LEAVER_CLOSED)


@dataclass(frozen=True, kw_only=True)
class MovedRow:
    """A row that a handover moved, as it is when the handover is undone."""

    exists: bool
    is_receivers: bool  # held by who received it
    is_same_version: bool
    is_untouched: bool  # its history has no line since
    is_worked_on: bool  # something that belongs to it was written since
    old_is_active: bool  # the account it would go back to


def find_outcome(row: MovedRow) -> str:
    """Return what becomes of a moved row at an undo: “restored”, or the key in SKIPPED of why it stays."""
    if not row.exists:
        return "gone"
    if not row.is_receivers:
        return "moved_on"
    if not row.is_same_version or not row.is_untouched:
        return "changed"
    if row.is_worked_on:
        return "worked_on"
    return "restored" if row.old_is_active else "closed"

"""What may happen to accounts, roles, departments, absences and the working calendar. Plain functions, no framework."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time

from flask_babel import lazy_gettext as _l

from ..core.base.errors import AccessDenied, RuleViolation
from ..core.base.texts import clean_narrow, identity_key

MIN_PASSWORD, MAX_PASSWORD = 10, 128
# Long enough for the rule above and still among the first that a guesser tries.
COMMON_PASSWORDS = frozenset(
    """
    1234567890 12345678910 0123456789 0987654321 9876543210 1q2w3e4r5t 1qaz2wsx3edc qwertyuiop qwerty12345
    qwerty123456 password12 password123 password1234 passw0rd123 password123456 administrator admin12345 admin123456
    adminadmin welcome123 welcome1234 iloveyou123 iloveyou12 abc1234567 abcd123456 abc123456789 a123456789 a1234567890
    aa123456789 asdfghjkl123 asdfghjkl1 zxcvbnm123 123456789a 123456789q 12345qwert 123qwe123qwe qwe123456789
    woaini1314 woaini1314520 5201314520 1314520520 woaini520520 qazwsxedcrfv 1234512345 1234554321 11223344556677
    112233445566 123123123123 123321123321 1111111111 0000000000 8888888888 6666666666 9999999999 88888888888
    football123 baseball123 sunshine123 princess123 monkey12345 dragon12345 letmein1234 changeme123 changeme1234
    countersign1 countersign123 guangzhou123 guangdong123 shenzhen123 shanghai123 beijing2008 beijing123 china12345
    zhongguo123 company123 huawei1234 tencent123 q1w2e3r4t5y6 1qazxsw23edc qwertyuiop123 p@ssw0rd123 p@ssword123
    """.split()
)

PASSWORD_SHORT = _l("Choose a password of at least 10 characters.")
PASSWORD_LONG = _l("Choose a password of at most 128 characters.")
PASSWORD_COMMON = _l("This password is among the first that others would guess. Choose another.")
PASSWORD_WRONG = _l("The present password is not right.")
TOO_MANY_TRIES = _l("Too many tries. Wait a quarter of an hour and try again.")
PASSWORD_SAME = _l("Choose a password that differs from the present one.")
ADMIN_ONLY = _l("Only an administrator can change an administrator's account.")
ADMIN_ROLE_ONLY = _l("Only an administrator can give or take the Admin role.")
NOT_YOUR_OWN = _l("You cannot change your own roles or groups. Ask a colleague in IT.")
ROLE_YOU_HOLD = _l("You cannot change a role or group that you hold yourself.")
LAST_ADMIN = _l("This is the last active administrator. Name another one first.")
USERNAME_BAD = _l("A user name has 2 to 64 letters, digits, dots, hyphens or underscores.")
DEPARTMENT_LOOP = _l("A department cannot lie under itself.")
DEPARTMENT_IN_USE = _l("People or departments belong to this department. Move them first.")
ROLE_IN_USE = _l("People or groups hold this role. Take it from them first.")
OWN_ACCOUNT = _l("You cannot close your own account.")
NAME_NEEDED = _l("Enter a name.")
USERNAME_NEEDED = _l("Enter a user name.")
MAIL_NEEDED = _l("Enter a mail address.")
FOR_NO_OTHER_NAME = _l("one of the two names is enough")
ACCOUNT_TAKEN = _l("Another account has this user name or mail address already, or one that reads the same. Choose another.")

MANAGER_CLOSED = _l("Choose a manager whose account is open.")
FROM_NEEDED = _l("Enter the first day of the absence.")
UNTIL_NEEDED = _l("Enter the last day of the absence.")
DEPUTY_NEEDED = _l("Choose who stands in.")
DEPUTY_CLOSED = _l("Choose a deputy whose account is open.")
DEPUTY_SELF = _l("Nobody can stand in for themselves. Choose someone else.")
DAYS_ORDER = _l("The last day of the absence lies before the first.")
OVERLAP = _l("This person is entered as absent on some of these days already. Change that entry, or choose other days.")
CIRCLE = _l("On some of these days the deputies would stand in for each other in a circle. Choose another deputy.")
CHAIN_LONG = _l("On some of these days more than 3 deputies would follow each other. Choose a deputy who is there.")
PERSON_CLOSED = _l("Choose a person within your reach whose account is open.")
MAX_CHAIN = 3
DAY_NEEDED = _l("Enter the day.")
DAY_TAKEN = _l("This day is entered already. Change that entry.")
HOURS_HALF = _l("Enter both when work begins and when it ends, or neither for a day off.")
HOURS_ORDER = _l("Work must end after it begins.")
BREAK_HALF = _l("Enter both when the break begins and when it ends, or neither.")
BREAK_OUTSIDE = _l("The break must lie within the working hours and end after it begins.")
UNLESS_DAY_OFF = _l("empty for a day off")
WEEK_FIXED = _l("The week has seven days. Change their hours instead.")
WEEKDAYS = {
    "mon": _l("Monday"), "tue": _l("Tuesday"), "wed": _l("Wednesday"), "thu": _l("Thursday"), "fri": _l("Friday"),
    "sat": _l("Saturday"), "sun": _l("Sunday"),
}  # fmt: skip
DAY_OFF = "off"
WORKS_AS = {
    DAY_OFF: _l("Holiday"), "mon": _l("Works as a Monday"), "tue": _l("Works as a Tuesday"), "wed": _l("Works as a Wednesday"),
    "thu": _l("Works as a Thursday"), "fri": _l("Works as a Friday"), "sat": _l("Works as a Saturday"),
    "sun": _l("Works as a Sunday"),
}  # fmt: skip


def check_password(password: str, username: str) -> None:
    """Refuse a password that is too short, too long, common, the user name, or one character repeated.

    Length and a list of common ones, no composition rules (OWASP ASVS 5.0, 6.2.5).
    """
    if len(password) < MIN_PASSWORD:
        raise RuleViolation(PASSWORD_SHORT, "password")
    if len(password) > MAX_PASSWORD:
        raise RuleViolation(PASSWORD_LONG, "password")
    plain, name = password.lower(), identity_key(username)
    if plain in COMMON_PASSWORDS or len(set(plain)) < 4 or (len(name) > 4 and name in identity_key(password)):
        raise RuleViolation(PASSWORD_COMMON, "password")


@dataclass(frozen=True, kw_only=True)
class AccountChange:
    """A change of an account, and who makes it."""

    actor_is_admin: bool
    is_self: bool  # the actor's own account
    had_admin: bool  # the account held the Admin role before the change
    has_admin: bool  # and holds it after
    roles_changed: bool  # roles or groups
    is_last_admin: bool  # the only active account that holds it
    closes: bool


def check_account_change(change: AccountChange) -> None:
    """Refuse what IT may not do with accounts: touch an Admin, give Admin, change its own roles; and a lock-out."""
    if not change.actor_is_admin:
        if change.is_self and change.roles_changed:
            raise AccessDenied(NOT_YOUR_OWN, "roles")
        if change.had_admin and not change.is_self:
            raise AccessDenied(ADMIN_ONLY, "roles")
        if change.has_admin and not change.had_admin:
            raise AccessDenied(ADMIN_ROLE_ONLY, "roles")
    if change.closes and change.is_self:
        raise RuleViolation(OWN_ACCOUNT, "active")
    if change.is_last_admin and change.had_admin and (change.closes or not change.has_admin):
        raise RuleViolation(LAST_ADMIN, "roles")


def check_role_change(*, actor_is_admin: bool, actor_holds: bool, is_admin_role: bool) -> None:
    """Refuse that IT alters a role or group it holds itself, or the Admin role."""
    if actor_is_admin:
        return
    if is_admin_role:
        raise AccessDenied(ADMIN_ROLE_ONLY, "name")
    if actor_holds:
        raise AccessDenied(ROLE_YOU_HOLD, "name")


def check_tree(department_id: int | None, parent_ids: Collection[int]) -> None:
    """Refuse a parent that lies under the department itself. `parent_ids`: the new parent and all above it."""
    if department_id is not None and department_id in parent_ids:
        raise RuleViolation(DEPARTMENT_LOOP, "parent")


def check_username(username: str | None) -> str:
    """Return the user name; refuse one that people cannot type in a sign-in form."""
    cleaned = clean_narrow(username or "")
    if not 2 <= len(cleaned) <= 64 or not all(letter.isalnum() or letter in "._-@" for letter in cleaned):
        raise RuleViolation(USERNAME_BAD, "username")
    return cleaned


def check_manager(*, is_open: bool) -> None:
    """Refuse a manager who does not exist or whose account is closed."""
    if not is_open:
        raise RuleViolation(MANAGER_CLOSED, "manager")


@dataclass(frozen=True, kw_only=True)
class Span:
    """Who is absent, from which day to which (both included), and who stands in."""

    person_id: int
    deputy_id: int
    from_on: date
    until_on: date

    def has(self, day: date) -> bool:
        """Tell whether the person is absent on a day."""
        return self.from_on <= day <= self.until_on


def check_span(span: Span, others: Collection[Span], *, deputy_is_open: bool) -> None:
    """Refuse an absence whose days or deputy cannot be. `others`: all absences of anybody on some of these days, but itself."""
    if span.until_on < span.from_on:
        raise RuleViolation(DAYS_ORDER, "until_on")
    if span.deputy_id == span.person_id:
        raise RuleViolation(DEPUTY_SELF, "deputy")
    if not deputy_is_open:
        raise RuleViolation(DEPUTY_CLOSED, "deputy")
    if any(other.person_id == span.person_id for other in others):
        raise RuleViolation(OVERLAP, "from_on")
    # Who stands in for whom changes on these days; an absence that ends only shortens what was there the day before.
    for day in sorted({span.from_on, *(other.from_on for other in others if span.has(other.from_on))}):
        deputies = {other.person_id: other.deputy_id for other in others if other.has(day)} | {span.person_id: span.deputy_id}
        _check_chains(span.person_id, deputies)


def _check_chains(person_id: int, deputies: Mapping[int, int]) -> None:
    """Refuse a circle, or too long a chain, of those in which a person stands."""
    for absent in deputies:
        chain = [*_follow(absent, deputies)]
        if person_id not in (absent, *chain):
            continue
        if len({absent, *chain}) <= len(chain):
            raise RuleViolation(CIRCLE, "deputy")
        if len(chain) > MAX_CHAIN:
            raise RuleViolation(CHAIN_LONG, "deputy")


def _follow(absent: int, deputies: Mapping[int, int]) -> Iterator[int]:
    """Yield who stands in for a person, who for that one, and so on; ends with the first who is there, or who was named before."""
    seen = {absent}
    person = absent
    while person in deputies:
        person = deputies[person]
        yield person
        if person in seen:
            return
        seen.add(person)


def resolve_deputies(deputies: Mapping[int, int], closed: Collection[int]) -> dict[int, int]:
    """Return who stands in at the end for each absent person: the first of the chain who is there.

    A closed account is nobody: the chain ends before it, and what is the absent person's stays with them.
    """
    found = {}
    for absent in deputies:
        chain = [*_follow(absent, deputies)]
        if len({absent, *chain}) > len(chain) and not {*chain} & {*closed}:
            found[absent] = chain[-1]
    return found


def check_absent_person(*, is_open: bool, in_reach: bool) -> None:
    """Refuse to enter an absence of a person who is not there, or whose absences are not the actor's to enter, alike."""
    if not (is_open and in_reach):
        raise RuleViolation(PERSON_CLOSED, "owner")


@dataclass(frozen=True, kw_only=True)
class DayHours:
    """When work begins and ends on a day, and the break between; all None on a day off."""

    starts_at: time | None
    ends_at: time | None
    break_from: time | None
    break_until: time | None


def check_hours(hours: DayHours) -> None:
    """Refuse hours of which one end is missing, or that do not follow each other. An end at 00:00 is the end of the day."""
    if (hours.starts_at is None) != (hours.ends_at is None):
        raise RuleViolation(HOURS_HALF, "ends_at" if hours.ends_at is None else "starts_at")
    if (hours.break_from is None) != (hours.break_until is None):
        raise RuleViolation(BREAK_HALF, "break_until" if hours.break_until is None else "break_from")
    if hours.starts_at is not None and hours.ends_at not in (None, time()) and hours.ends_at <= hours.starts_at:
        raise RuleViolation(HOURS_ORDER, "ends_at")
    if hours.break_from is not None and hours.break_until is not None and not _is_break_within(hours):
        raise RuleViolation(BREAK_OUTSIDE, "break_from")


def _is_break_within(hours: DayHours) -> bool:
    if hours.starts_at is None or hours.ends_at is None or hours.break_from is None or hours.break_until is None:
        return False
    is_before_end = hours.ends_at == time() or hours.break_until < hours.ends_at
    return hours.starts_at < hours.break_from < hours.break_until and is_before_end


def check_day(*, is_taken: bool) -> None:
    """Refuse a second entry of a day."""
    if is_taken:
        raise RuleViolation(DAY_TAKEN, "day")


def refuse_new_weekday() -> None:
    """Refuse to add or delete a day of the week."""
    raise RuleViolation(WEEK_FIXED, "weekday")

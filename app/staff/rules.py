"""What may happen to accounts, roles and departments. Plain functions, no framework."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

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

"""The way back into an installation whose administrator cannot sign in: as the system, by the same rules and into the history."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email
from flask_appbuilder.security.sqla.models import Role
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ..core.access.grants import ADMIN_ROLE
from ..core.access.viewer import as_system
from ..core.base.errors import RuleViolation
from ..core.base.texts import clean
from ..core.writes import commit
from ..extensions import db
from . import signin
from .models import Staff

NO_SUCH_ACCOUNT = _l("No account has this user name or mail address.")
ACCOUNT_CLOSED = _l("This account is closed. Open it on the screen of people first, or add another administrator.")
NO_ADMIN_ROLE = _l("The Admin role is missing. Prepare the database first.")
MAIL_BAD = _l("This is not a mail address.")


def reset_account(name: str) -> tuple[str, str]:
    """Issue a one-time code for an open account, end its sessions, and return its user name and the code.

    Raises RuleViolation for a name that nobody has and for a closed account.
    """
    with as_system("shell"), commit.refusals():
        person = signin.find_staff(name)
        if person is None:
            raise RuleViolation(NO_SUCH_ACCOUNT, "username")
        if not person.active:
            raise RuleViolation(ACCOUNT_CLOSED, "active")
        code = signin.issue_code(person)
        db.session.commit()
        return person.username, code


def add_admin(name: str, mail: str, *, given: str = "", family: str = "") -> tuple[str, str]:
    """Add an account with the Admin role and a one-time code instead of a password; return its user name and the code.

    Raises RuleViolation for names that the rules refuse.
    """
    try:
        validate_email(clean(mail), check_deliverability=False)
    except EmailNotValidError as error:
        raise RuleViolation(MAIL_BAD, "email") from error
    code, hashed = signin.make_code()
    with as_system("shell"), commit.refusals():
        role = db.session.scalar(select(Role).where(Role.name == ADMIN_ROLE))
        if role is None:
            raise RuleViolation(NO_ADMIN_ROLE)
        person = Staff(
            username=name, email=mail, first_name=clean(given) or ("" if clean(family) else clean(name)), last_name=clean(family),
            active=True, roles=[role],
        )  # fmt: skip
        signin.give_code(person, hashed)
        db.session.add(person)
        db.session.commit()
        return person.username, code

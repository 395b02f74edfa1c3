"""Signing in: passwords, one-time codes, and the limit on guessing that holds over every process and way in."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import delete, func, insert, select, update
from werkzeug.security import check_password_hash, generate_password_hash

from ..core import clock
from ..core.access import elevated
from ..core.notices import notify
from ..extensions import db
from . import rules
from .models import SignInTry, Staff

WINDOW = timedelta(minutes=15)
MAX_TRIES = 10
CODE_LIFE = timedelta(hours=24)
DEVICE_COOKIE = "countersign_device"
DEVICE_LIFE = 180 * 24 * 3600
_fake_hashes: dict[str, str] = {}


def make_hash(password: str) -> str:
    """Return the password's hash by the configured method."""
    return generate_password_hash(password, current_app.config["FAB_PASSWORD_HASH_METHOD"])


def _fake_hash() -> str:
    """Return a hash that costs what a real check costs, so that unknown names take as long."""
    method = current_app.config["FAB_PASSWORD_HASH_METHOD"]
    if method not in _fake_hashes:
        _fake_hashes[method] = generate_password_hash(secrets.token_hex(8), method)
    return _fake_hashes[method]


def _devices() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="known-device")


def make_device_cookie(staff_id: int) -> str:
    """Return the value that lets this browser be told from a guesser's: it has signed in as this person before."""
    return _devices().dumps([staff_id, secrets.token_hex(8)])  # type: ignore[no-any-return]


def _find_device(staff_id: int | None) -> str:
    try:
        known_id, nonce = _devices().loads(request.cookies.get(DEVICE_COOKIE, ""))
    except (BadSignature, ValueError, TypeError):
        return ""
    return str(nonce) if staff_id is not None and known_id == staff_id else ""


def make_bucket(username: str, device: str) -> str:
    """Return the key that tries are counted under: the account's, or the account's on a known device.

    A guesser on strange machines uses up the account's; the owner's own browser still gets in.
    """
    return hashlib.sha256(f"{username.strip().lower()}\0{device}".encode()).hexdigest()


def take_try(bucket: str) -> bool:
    """Count one try, and tell whether its password may be checked: at most 10 in 15 minutes, in any process."""
    table = SignInTry.__table__
    since = clock.now() - WINDOW
    db.session.rollback()
    connection = db.session.connection()
    connection.execute(delete(table).where(table.c.at < since))
    made = connection.execute(insert(table).values(bucket=bucket, at=clock.now()).returning(table.c.id)).scalar_one()
    db.session.commit()
    count = db.session.connection().execute(
        select(func.count()).select_from(table).where(table.c.bucket == bucket, table.c.at >= since)
    ).scalar_one()  # fmt: skip
    if count > MAX_TRIES:
        db.session.connection().execute(delete(table).where(table.c.id == made))
        db.session.commit()
        return False
    db.session.rollback()
    return True


def find_staff(username: str) -> Staff | None:
    """Return the person with this user name or mail address, whatever the case."""
    name = username.strip().lower()
    found = db.session.scalars(select(Staff).where(func.lower(Staff.username) == name)).first()
    return found or db.session.scalars(select(Staff).where(func.lower(Staff.email) == name)).first()


def authenticate(username: str, password: str) -> Staff | None:
    """Return the active person whose password (or unexpired one-time code) this is; None otherwise, alike in time.

    Raises TooManyTries when the limit is reached; then nothing is checked.
    """
    username, password = username[:200], password[: rules.MAX_PASSWORD + 1]
    person = find_staff(username)
    person_id = person.id if person is not None else None
    bucket = make_bucket(person.username if person is not None else username, _find_device(person_id))
    known = (person.password, person.one_time_code, person.one_time_code_until) if person is not None and person.active else None
    if not take_try(bucket):
        raise TooManyTries
    hashed, code, until = known or (None, None, None)
    is_right = check_password_hash(hashed or _fake_hash(), password)
    used_code = False
    if code and until and until >= clock.now():
        used_code = check_password_hash(code, password)
    if known is None or not (is_right or used_code) or not password.strip("\0"):
        return None
    return _enter(person_id or 0, bucket, used_code=used_code)


def _enter(staff_id: int, bucket: str, *, used_code: bool) -> Staff | None:
    table = Staff.__table__
    values = {"last_login": clock.now(), "login_count": func.coalesce(table.c.login_count, 0) + 1, "fail_login_count": 0}
    if used_code:
        values |= {"one_time_code": None, "one_time_code_until": None, "must_change_password": True}
    connection = db.session.connection()
    connection.execute(update(table).where(table.c.id == staff_id).values(values))
    connection.execute(delete(SignInTry.__table__).where(SignInTry.__table__.c.bucket == bucket))
    db.session.commit()
    return db.session.scalar(select(Staff).where(Staff.id == staff_id), execution_options={"populate_existing": True})


class TooManyTries(Exception):
    """Raise when an account's tries are used up for now."""


def change_password(person: Staff, present: str, new: str) -> None:
    """Set a person's own password after checking the present one; every session of theirs ends.

    Raises RuleViolation. A person who must change it (first sign-in, one-time code) has just proved who they are.
    """
    if not person.must_change_password:
        _check_present(person, present)
    rules.check_password(new, person.username)
    if check_password_hash(person.password or "", new):
        raise rules.RuleViolation(rules.PASSWORD_SAME, "password")
    with elevated():
        person.password, person.must_change_password = make_hash(new), False
        person.one_time_code = person.one_time_code_until = None
        db.session.commit()


def _check_present(person: Staff, present: str) -> None:
    """Refuse a wrong present password; guessing it in a stolen session counts as guessing at the door."""
    bucket, hashed = make_bucket(person.username, f"session {person.id}"), person.password or ""
    if not take_try(bucket):
        raise rules.RuleViolation(rules.TOO_MANY_TRIES, "present")
    if not check_password_hash(hashed, present):
        raise rules.RuleViolation(rules.PASSWORD_WRONG, "present")
    db.session.connection().execute(delete(SignInTry.__table__).where(SignInTry.__table__.c.bucket == bucket))


def issue_code(person: Staff) -> str:
    """Give a person a one-time code, good for a day, with which to sign in and choose a password, and tell them. Commit is the caller's."""
    code = secrets.token_urlsafe(9)
    person.one_time_code, person.one_time_code_until = make_hash(code), clock.now() + CODE_LIFE
    notify(db.session(), person.id, "code_issued", person)
    return code


def end_sessions(staff_id: int) -> None:
    """Make every cookie and token that the person holds worthless at its next use."""
    table = Staff.__table__
    db.session.connection().execute(update(table).where(table.c.id == staff_id).values(session_epoch=table.c.session_epoch + 1))
    db.session.commit()

"""Signing in: passwords, one-time codes, and the limit on guessing that holds over every process and way in."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import delete, func, insert, or_, select, update

from ..core.access.viewer import elevated
from ..core.base import clock
from ..core.base.texts import identity_key
from ..core.db.identities import select_holder
from ..core.db.outages import BOOKKEEPING
from ..extensions import db
from ..notices.queries import notify
from . import hashing, rules
from .models import SignInTry, Staff

WINDOW = timedelta(minutes=15)
MAX_TRIES = 10
CODE_LIFE = timedelta(hours=24)
DEVICE_COOKIE = "countersign_device"
DEVICE_LIFE = 180 * 24 * 3600


def make_hash(password: str) -> str:
    """Return the password's hash by the configured method. Raises Busy."""
    with hashing.take_turn() as hasher:
        return hasher.make(password)


def _devices() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="known-device")


def make_device_cookie(staff_id: int) -> str:
    """Return the value that lets this browser be told from a guesser's: it has signed in as this person before."""
    value: str = _devices().dumps([staff_id, secrets.token_hex(8)])
    return value


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
    return hashlib.sha256(f"{identity_key(username)}\0{device}".encode()).hexdigest()


def make_address_bucket(address: str | None) -> str:
    """Return the key that an address's tries are counted under: an IPv4 address, or the /64 that an IPv6 line is given."""
    try:
        place: Any = ipaddress.ip_address(address or "")
    except ValueError:
        place = "unknown"
    if isinstance(place, ipaddress.IPv6Address):
        place = place.ipv4_mapped or ipaddress.ip_network((place, 64), strict=False)
    return hashlib.sha256(f"\0address {place}".encode()).hexdigest()


def take_try(limits: Mapping[str, int]) -> list[int] | None:
    """Count one try in each bucket, in any process; return its ids, None when a bucket holds more than its limit.

    A refused try is not counted. Leaves no transaction open.
    """
    table = SignInTry.__table__
    since = clock.now() - WINDOW
    db.session.rollback()
    connection = db.session.connection(execution_options={BOOKKEEPING: True})
    connection.execute(delete(table).where(table.c.at < since))
    rows = [{"bucket": bucket, "at": clock.now()} for bucket in limits]
    made = list(connection.execute(insert(table).values(rows).returning(table.c.id)).scalars())
    db.session.commit()
    counted = select(table.c.bucket, func.count()).where(table.c.bucket.in_(limits), table.c.at >= since).group_by(table.c.bucket)
    counts = db.session.connection(execution_options={"reads_only": True}).execute(counted).all()
    db.session.rollback()
    if all(count <= limits[bucket] for bucket, count in counts):
        return made
    connection = db.session.connection(execution_options={BOOKKEEPING: True})
    connection.execute(delete(table).where(table.c.id.in_(made)))
    db.session.commit()
    return None


def _is_used_up(limits: Mapping[str, int]) -> bool:
    """Tell, before anybody takes a turn at the hash, whether a try would be refused."""
    table = SignInTry.__table__
    counted = select(table.c.bucket, func.count()).where(table.c.bucket.in_(limits), table.c.at >= clock.now() - WINDOW)
    found = db.session.connection().execute(counted.group_by(table.c.bucket)).all()
    return any(count >= limits[bucket] for bucket, count in found)


def find_staff(username: str) -> Staff | None:
    """Return the one person whose user name or mail address this is, however it is written."""
    return db.session.scalar(select(Staff).where(Staff.id == select_holder("account", username)))


@dataclass(frozen=True)
class Known:
    """What was known of an account when its password was looked at."""

    id: int
    password: str | None
    code: str | None
    bucket: str


def authenticate(username: str, password: str) -> Staff | None:
    """Return the active person whose password (or unexpired one-time code) this is; None otherwise, alike in time.

    Raises TooManyTries when a limit is reached, Busy when too many sign in just now; then nothing is checked.
    """
    username, password = username[:200], password[: rules.MAX_PASSWORD + 1]
    known, limits = _look_up(username)
    if _is_used_up(limits):
        db.session.rollback()
        raise TooManyTries
    db.session.rollback()
    with hashing.take_turn() as hasher:
        tries = take_try(limits)
        if tries is None:
            raise TooManyTries
        is_right = hasher.check(known.password if known is not None else None, password)
        used_code = known is not None and known.code is not None and hasher.check(known.code, password)
    if known is None or not (is_right or used_code) or not password.strip("\0"):
        return None
    return _enter(known, tries, used_code=used_code)


def _look_up(username: str) -> tuple[Known | None, dict[str, int]]:
    """Return what is known of the account, if it is open, and the limits that a try of it has to keep."""
    db.session.rollback()
    db.session.connection(execution_options={"reads_only": True})
    person = find_staff(username)
    device = _find_device(person.id if person is not None else None)
    bucket = make_bucket(person.username if person is not None else username, device)
    limits = {bucket: MAX_TRIES}
    if not device:  # an office sits behind one address: who has signed in here before is not held up by the others' tries
        limits[make_address_bucket(request.remote_addr)] = current_app.config["SIGN_INS_PER_ADDRESS"]
    if person is None or not person.active:
        return None, limits
    until = person.one_time_code_until
    code = person.one_time_code if until is not None and until >= clock.now() else None
    return Known(person.id, person.password, code, bucket), limits


def _enter(known: Known, tries: Sequence[int], *, used_code: bool) -> Staff | None:
    """Let the person in, unless what was checked is not theirs any more: used by another, replaced, or the account closed."""
    table, counted = Staff.__table__, SignInTry.__table__
    values = {"last_login": clock.now(), "login_count": func.coalesce(table.c.login_count, 0) + 1, "fail_login_count": 0}
    if used_code:
        values |= {"one_time_code": None, "one_time_code_until": None, "must_change_password": True}
    is_same = table.c.one_time_code == known.code if used_code else table.c.password == known.password
    connection = db.session.connection()
    done = connection.execute(update(table).where(table.c.id == known.id, table.c.active.is_(True), is_same).values(values))
    if done.rowcount != 1:
        db.session.rollback()
        return None
    connection.execute(delete(counted).where(or_(counted.c.bucket == known.bucket, counted.c.id.in_(tries))))
    db.session.commit()
    return db.session.scalar(select(Staff).where(Staff.id == known.id), execution_options={"populate_existing": True})


class TooManyTries(Exception):
    """Raise when an account's tries are used up for now."""


def change_password(person: Staff, present: str, new: str) -> None:
    """Set a person's own password after checking the present one; every session of theirs ends.

    Raises RuleViolation. A person who must change it (first sign-in, one-time code) has just proved who they are.
    """
    staff_id, username, hashed, must_change = person.id, person.username, person.password, person.must_change_password
    bucket = make_bucket(username, f"session {staff_id}")
    db.session.rollback()
    with hashing.take_turn() as hasher:
        if not must_change:
            _check_present(hasher, bucket, hashed, present)
        rules.check_password(new, username)
        if hasher.check(hashed, new):
            raise rules.RuleViolation(rules.PASSWORD_SAME, "password")
        made = hasher.make(new)
    try:
        _set_password(staff_id, hashed, made, bucket)
    except rules.RuleViolation:
        db.session.rollback()
        raise


def _set_password(staff_id: int, hashed: str | None, made: str, bucket: str) -> None:
    """Set a password in place of the one that was checked, forget the tries at it, and commit. Raises RuleViolation."""
    with elevated():
        person = db.session.scalars(select(Staff).where(Staff.id == staff_id).with_for_update()).one()
        if person.password != hashed:  # it was changed meanwhile, elsewhere: the one that was checked is not theirs any more
            raise rules.RuleViolation(rules.PASSWORD_WRONG, "present")
        person.password, person.must_change_password = made, False
        person.one_time_code = person.one_time_code_until = None
        db.session.connection().execute(delete(SignInTry.__table__).where(SignInTry.__table__.c.bucket == bucket))
        db.session.commit()


def _check_present(hasher: hashing.Hasher, bucket: str, hashed: str | None, present: str) -> None:
    """Refuse a wrong present password; guessing it in a stolen session counts as guessing at the door."""
    tries = take_try({bucket: MAX_TRIES})
    if tries is None:
        raise rules.RuleViolation(rules.TOO_MANY_TRIES, "present")
    if not hasher.check(hashed, present):
        raise rules.RuleViolation(rules.PASSWORD_WRONG, "present")


def issue_code(person: Staff) -> str:
    """Give a person a one-time code, good for a day, with which to sign in and choose a password, and tell them.

    Nothing may be waiting to be written before; commit is the caller's. Raises Busy.
    """
    staff_id = person.id
    db.session.rollback()
    code, hashed = make_code()
    give_code(person, hashed)
    person.session_epoch += 1  # a session that the former code opened ends too
    notify(db.session(), staff_id, "code_issued", person)
    return code


def make_code() -> tuple[str, str]:
    """Return a one-time code and its hash; call it with no transaction open. Raises Busy."""
    code = secrets.token_urlsafe(9)
    return code, make_hash(code)


def give_code(person: Staff, hashed: str) -> None:
    """Let a person sign in once by the code with this hash, within a day."""
    person.one_time_code, person.one_time_code_until = hashed, clock.now() + CODE_LIFE


def end_sessions(staff_id: int) -> None:
    """Make every cookie and token that the person holds worthless at its next use."""
    table = Staff.__table__
    db.session.connection().execute(update(table).where(table.c.id == staff_id).values(session_epoch=table.c.session_epoch + 1))
    db.session.commit()

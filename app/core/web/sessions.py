"""How long a session lasts, and on which answers its cookie is written: pages and JSON, never files."""

from __future__ import annotations

import time
from typing import Any

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import SignatureExpired, TimestampSigner, URLSafeTimedSerializer

WRITTEN = "written"
BEGUN = "begun"  # when the person signed in, in seconds since 1970
PERSON = "_user_id"  # Flask-Login's
LEEWAY = 60  # seconds by which another host's clock may be ahead
RENEW_AFTER = 600  # seconds of the lifetime's twelve hours
MAX_UNSEEN = 10  # messages; browsers drop a cookie above four kilobytes, and the person would be signed out


class LenientSigner(TimestampSigner):
    """A signer that accepts signatures of a host whose clock is ahead by up to LEEWAY; itsdangerous refuses every one from the future."""

    def unsign(self, signed_value: str | bytes, max_age: int | None = None, return_timestamp: bool = False) -> Any:
        """Return what was signed, and when if asked. Raises BadSignature, SignatureExpired among its kinds."""
        value, signed_at = super().unsign(signed_value, return_timestamp=True)
        age = self.get_timestamp() - signed_at.timestamp()
        if max_age is not None and not -LEEWAY <= age <= max_age:
            raise SignatureExpired(f"Signature age {age} is outside {-LEEWAY} to {max_age} seconds", payload=value, date_signed=signed_at)
        return (value, signed_at) if return_timestamp else value


def mark_beginning(session: SessionMixin) -> None:
    """Note in the session that the person has signed in just now."""
    session[BEGUN] = int(time.time())


class PageSessions(SecureCookieSessionInterface):
    """Flask's cookie sessions. A permanent one is renewed by the first answer of every ten minutes, never by a cacheable one."""

    def __init__(self) -> None:
        self._serializers: dict[str, URLSafeTimedSerializer] = {}

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what signs cookies, made once for a key."""
        key = str(app.secret_key)
        if key not in self._serializers:
            made = super().get_signing_serializer(app)
            if made is None:
                return None
            made.signer = LenientSigner
            self._serializers[key] = made
        return self._serializers[key]

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session of the cookie; nobody's (in the same language) when its sign-in is too long ago or carries no date."""
        session = super().open_session(app, request)
        if session is None or PERSON not in session:
            return session
        begun = session.get(BEGUN)
        most = app.config["SESSION_DAYS"] * 24 * 3600
        if isinstance(begun, int) and -LEEWAY <= int(time.time()) - begun <= most:
            return session
        locale = session.get("locale")
        session.clear()
        if locale is not None:
            session["locale"] = locale
        return session

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Tell whether the answer carries the cookie: something changed, or it was last written ten minutes ago."""
        now = int(time.time())
        if not session.modified and not (session.permanent and now - session.get(WRITTEN, 0) >= RENEW_AFTER):
            return False
        session[WRITTEN] = now
        return True

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie, with the last messages that no page has shown yet, unless the answer is a file."""
        if request.path.startswith("/static/"):
            return
        if session.modified:
            unseen = session.get("_flashes", ())
            if len(unseen) > MAX_UNSEEN:
                session["_flashes"] = unseen[-MAX_UNSEEN:]
        super().save_session(app, session, response)

"""Where the session's cookie is written: on pages and answers, never on files."""

from __future__ import annotations

import time

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from itsdangerous import URLSafeTimedSerializer

WRITTEN = "written"
RENEW_AFTER = 600  # seconds of the lifetime's twelve hours
MAX_UNSEEN = 10  # messages; browsers drop a cookie above four kilobytes, and the person would be signed out


class PageSessions(SecureCookieSessionInterface):
    """Flask's cookie sessions. A permanent one is renewed by the first answer of every ten minutes, never by one that caches keep."""

    def __init__(self) -> None:
        self._serializers: dict[str, URLSafeTimedSerializer] = {}

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what signs cookies, made once for a key."""
        key = str(app.secret_key)
        if key not in self._serializers:
            made = super().get_signing_serializer(app)
            if made is None:
                return None
            self._serializers[key] = made
        return self._serializers[key]

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

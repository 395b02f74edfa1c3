"""Where the session's cookie is written: on pages and answers, never on files."""

from __future__ import annotations

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin

MAX_UNSEEN = 10  # messages; browsers drop a cookie above four kilobytes, and the person would be signed out


class PageSessions(SecureCookieSessionInterface):
    """Flask's cookie sessions. A permanent one is renewed by every answer; one that caches may keep and share must not carry it."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie, with the last messages that no page has shown yet, unless the answer is a file."""
        if request.path.startswith("/static/"):
            return
        if session.modified:
            unseen = session.get("_flashes", ())
            if len(unseen) > MAX_UNSEEN:
                session["_flashes"] = unseen[-MAX_UNSEEN:]
        super().save_session(app, session, response)

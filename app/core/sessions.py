"""Where the session's cookie is written: on pages and answers, never on files."""

from __future__ import annotations

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin


class PageSessions(SecureCookieSessionInterface):
    """Flask's cookie sessions. A permanent one is renewed by every answer; one that caches may keep and share must not carry it."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie, unless the answer is a file."""
        if not request.path.startswith("/static/"):
            super().save_session(app, session, response)

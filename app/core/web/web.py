"""What holds for every answer: headers, error pages in sentences, what templates print."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

from flask import Flask, Response, current_app, flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError, generate_csrf
from markupsafe import Markup
from werkzeug.exceptions import HTTPException, SecurityError

from ...extensions import db
from ..access.viewer import current_viewer
from ..base.errors import DISK_FAULT, Busy, RuleViolation, StorageFault, find_storage_fault
from ..base.i18n import say
from ..base.input_guard import refuse_unreadable
from ..base.urls import link_back
from ..db.outages import OUTAGES, has_begun_to_save, is_outage
from ..forms.undo import take_offer
from ..writes.resending import AlreadySent, is_resent, page_token
from . import logs
from .access_hints import explain_missing_access
from .menu import Menu
from .modules import Module
from .templating import DeskEnvironment

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Swagger UI writes style attributes; its page alone may.
SWAGGER_CSP = CSP.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
STATIC_LIFE = 31536000
OPEN_ENDPOINTS = frozenset({"ProfileView.password", "SignInView.logout", "SignInView.login", "LanguageView.switch", "static", "health"})


def set_headers(response: Response) -> Response:
    """Put the security headers on every answer, errors and downloads too."""
    is_static = request.endpoint == "static" or request.path.startswith("/static/")
    response.headers["Content-Security-Policy"] = SWAGGER_CSP if request.path.startswith("/swagger/") else CSP
    response.headers["X-Request-Id"] = logs.get_code()
    for name, value in HEADERS.items():
        response.headers[name] = value
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if is_static and response.status_code == 200 and request.args.get("v"):
        response.headers["Cache-Control"] = f"public, max-age={STATIC_LIFE}, immutable"
    elif not is_static:
        response.headers["Cache-Control"] = "no-store"
    return response


@cache
def _address(path: str) -> str:
    """Return a static file's address below the root, with the version of its content."""
    content = (Path(current_app.static_folder or "") / path).read_bytes()
    return f"{current_app.static_url_path}/{path}?v={hashlib.sha256(content).hexdigest()[:6]}"


def asset(path: str) -> str:
    """Return a static file's address with its content's version, so that browsers may keep it for a year."""
    return request.script_root + _address(path)


_ICON = Markup('<svg class="icon%s" aria-hidden="true"><use href="%s#%s"/></svg>')


@cache
def _draw_icon(root: str, name: str, css: str) -> Markup:
    return _ICON % (f" {css}" if css else "", root + _address("ui/icons.svg"), name)


def draw_icon(name: str, css: str = "") -> Markup:
    """Return an icon of the sprite: a page has some thirty, of a fixed set."""
    return _draw_icon(request.script_root, name, css)


_CSRF_FIELD = Markup('<input type="hidden" name="csrf_token" value="%s">')
_FORM_TOKEN = Markup('<input type="hidden" name="form_token" value="%s">')


def make_csrf_field() -> Markup:
    """Return the hidden fields that every form of a page carries: against foreign pages, and against being sent twice."""
    field: Markup | None = g.get("_csrf_field")
    if field is None:
        field = g._csrf_field = _CSRF_FIELD % generate_csrf() + make_form_token()
    return field


def make_form_token() -> Markup:
    """Return the hidden field by which a form that is sent twice is known."""
    return _FORM_TOKEN % page_token()


SENTENCES: dict[int, tuple[Callable[[], str], Callable[[], str]]] = {
    400: (lambda: _("This request cannot be read"), lambda: _("Go back, reload the page and try again.")),
    401: (lambda: _("You are signed out"), lambda: _("Sign in and try again.")),
    403: (
        lambda: _("You do not have the right to do this"),
        lambda: _("Your roles do not include this. Ask IT for it, or your manager."),
    ),
    404: (
        lambda: _("Nothing here for you"),
        lambda: _("The entry does not exist, was deleted, or is outside your reach. Ask its salesperson or your manager."),
    ),
    405: (lambda: _("This cannot be done this way"), lambda: _("Use the buttons of the page.")),
    409: (lambda: _("Someone else saved this meanwhile"), lambda: _("Open the entry again and repeat your change.")),
    413: (lambda: _("This is too large"), lambda: _("Files may have up to 20 MB, texts up to 20,000 characters.")),
    422: (lambda: _("This could not be saved"), lambda: _("Go back and correct what the form says.")),
    429: (lambda: _("Too many tries"), lambda: _("Wait a quarter of an hour and try again.")),
    500: (lambda: _("Something went wrong on our side"), lambda: _("Nothing was saved. Try again; if it stays, tell IT the time.")),
    503: (lambda: _("The database does not answer"), lambda: _("Nothing was saved. Try again in a minute.")),
    507: (lambda: _("The server's disk cannot be used"), lambda: str(DISK_FAULT)),
}  # fmt: skip


def answer_error(status: int, text: str | None = None, heading: str | None = None) -> tuple[Response | str, int]:
    """Return the page (or, for the API, the JSON) that says in a sentence what is wrong."""
    title, advice = SENTENCES.get(status, SENTENCES[500])
    bare = status in (500, 503, 507)  # the layout would ask the database who is signed in
    code = logs.get_code() if bare else None
    if request.path.startswith(("/api/", "/lookup/")):
        return jsonify(message=text or title(), **({"code": code} if code else {})), status
    actions = [] if bare else [(_("To the start page"), "/")]
    return render_template(
        "ui/message.html", title=heading or title(), text=text or advice(), actions=actions, bare=bare, code=code
    ), status


def register_errors(app: Flask) -> None:
    """Answer every failure with a sentence; never with SQL, a stack or an empty page."""

    app.register_error_handler(AlreadySent, answer_resent)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        if error.code is not None and error.code < 400:
            return error
        if isinstance(error, SecurityError):  # a foreign host's name: no page of ours has an address there
            return Response(f"{SENTENCES[400][0]()}\n", 400, content_type="text/plain; charset=utf-8")
        if error.code == 401 and not request.path.startswith(("/api/", "/lookup/")):
            return redirect(url_for("SignInView.login", next=request.full_path))
        try:
            if error.code == 404 and is_resent():  # what a first click deleted is not there for the second
                return answer_resent(AlreadySent())
            return answer_error(error.code or 500, explain_missing_access(error.code) if error.code in (403, 404) else None)
        except OUTAGES as outage:  # the page asks who is signed in
            return _answer_offline(outage)

    @app.errorhandler(CSRFError)
    def csrf_error(_error: CSRFError) -> ResponseReturnValue:
        return answer_error(400, _("This page had been open too long or came from elsewhere. Reload it and try again."))

    @app.errorhandler(RuleViolation)
    def refused(error: RuleViolation) -> ResponseReturnValue:
        db.session.rollback()
        if isinstance(error, Busy):
            return (*answer_error(error.status, str(error), _("The desk is busy just now")), {"Retry-After": str(error.retry_after)})
        return _answer_offline(error) if isinstance(error, StorageFault) else answer_error(error.status, str(error))

    @app.errorhandler(Exception)
    def failed(error: Exception) -> ResponseReturnValue:
        current_app.logger.exception("Unhandled error")  # core/web/logs.py says which, and leaves out its words
        _discard_session()
        if is_outage(error) or find_storage_fault(error) is not None:
            return _answer_offline(error)
        return answer_error(500, _("It may or may not have been saved: look before you send it again.") if has_begun_to_save() else None)


def answer_resent(_error: AlreadySent) -> ResponseReturnValue:
    """Go on to where the first of two sends led, and say that one of them was enough."""
    db.session.rollback()
    flash(_("This form was sent before and saved then; nothing was saved twice. If you mean it again, send it from this page."), "info")
    return redirect(link_back())


def _answer_offline(error: BaseException) -> tuple[Response | str, int]:
    """Return the page of a database that is away or a disk that is full, asking the database nothing: not even who is signed in."""
    g.pop("_viewer", None)
    g.is_offline = True
    g.user = g._login_user = current_app.extensions["appbuilder"].sm.lm.anonymous_user()
    fault = find_storage_fault(error)
    if fault is not None:
        return answer_error(fault.status, str(fault))
    if not has_begun_to_save():
        return answer_error(503)
    doubt = _("The database stopped answering at the moment of saving. It may or may not have been saved: look before you send it again.")
    return answer_error(503, doubt)


def _discard_session() -> None:
    """Roll the session back; a connection that is gone must not hide the first error."""
    try:
        db.session.rollback()
    except OUTAGES:
        db.session.remove()


def register_globals(app: Flask, modules: tuple[Module, ...]) -> None:
    """Give templates what they print; none of it asks the database once the viewer is known."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True  # a tenth of a page would be indentation
    environment = app.jinja_env
    assert isinstance(environment, DeskEnvironment)
    environment.fixed = {"_": say, "icon": draw_icon, "asset": asset, "url_for": url_for}
    menu = Menu(modules)
    contexts = [module.context for module in modules if module.context is not None]
    app.jinja_env.globals.update(
        asset=asset,
        icon=draw_icon,
        csrf=make_csrf_field,
        form_token=make_form_token,
        take_undo=take_offer,
        app_name=app.config["APP_NAME"],
        menu_groups=menu.groups,
        new_links=menu.new_links,
        unread=0,
    )

    @app.context_processor
    def add_viewer() -> dict[str, object]:
        locale = get_locale()
        language = "en" if locale is not None and locale.language == "en" else "zh"
        name = _("Countersign")
        if g.get("is_offline"):
            return {"viewer": None, "lang": language, "app_name": name}
        viewer = current_viewer()
        shown: dict[str, str] | None = None
        if viewer.profile is not None:
            shown = {"name": viewer.profile.name, "initial": viewer.profile.name[:1], "username": viewer.profile.username}
        found = {"viewer": shown, "lang": language, "app_name": name}
        for make in contexts:
            found |= make(viewer)
        return found


def register_requests(app: Flask) -> None:
    """Hook the headers and the forced change of a one-time password into every request."""
    app.after_request(set_headers)
    app.before_request(refuse_unreadable)

    @app.before_request
    def force_password_change() -> ResponseReturnValue | None:
        if request.endpoint in OPEN_ENDPOINTS or request.path.startswith("/static/"):
            return None
        profile = current_viewer().profile
        if profile is not None and profile.must_change_password:
            if request.path.startswith(("/api/", "/lookup/")):
                return answer_error(403)
            return redirect(url_for("ProfileView.password"))
        return None

"""Screens of one's own: sign-in, sign-out, profile, password, language."""

from __future__ import annotations

import unicodedata
from urllib.parse import urlsplit

from flask import abort, current_app, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import pgettext, refresh
from flask_login import current_user, login_user, logout_user
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from ..core.access.viewer import current_viewer, forget_viewer
from ..core.base.bounds import SIGN_IN, takes
from ..core.base.errors import Busy, RuleViolation
from ..core.base.page_data import Button
from ..core.base.urls import find_page
from ..core.web.sessions import mark_beginning
from ..core.writes.commit import attach
from . import signin
from .language import remember_language
from .models import Staff
from .queries import find_account, say_role_names
from .standins import read_absence_facts

DEMO_PASSWORD = "countersign"  # noqa: S105 - shown on the sign-in page of a demo


class SignInForm(FlaskForm):
    """User name and password."""

    username = StringField(_l("User name"), [InputRequired(_l("Enter your user name.")), Length(max=200)])
    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password.")), Length(max=200)])


class PasswordForm(FlaskForm):
    """A new password, after the present one."""

    present = PasswordField(_l("Present password"), [Length(max=200)], render_kw={"autocomplete": "current-password"})
    password = PasswordField(
        _l("New password"), [InputRequired(_l("Enter a new password.")), Length(max=200)],
        description=_l("At least 10 characters; a sentence is easier to remember than a riddle."),
        render_kw={"autocomplete": "new-password"},
    )  # fmt: skip
    again = PasswordField(
        _l("New password again"), [InputRequired(_l("Enter the new password again.")), Length(max=200)],
        render_kw={"autocomplete": "new-password"},
    )  # fmt: skip

    def validate_again(self, field: PasswordField) -> None:
        """Refuse two different passwords."""
        if field.data != self.password.data:
            raise ValidationError(_("The two passwords differ."))


def safe_next(target: str | None) -> str:
    """Return a path of this site to go on to; the start page for anything else."""
    path = target or ""
    try:
        parts = urlsplit(path)
    except ValueError:  # no address at all, such as “http://[”
        parts = None
    if parts is None or any(unicodedata.category(letter) == "Cc" for letter in path):
        return url_for("HomeView.index")
    if parts.scheme or parts.netloc or not path.startswith("/") or path.startswith(("//", "/\\")) or "\\" in path:
        if target and urlsplit(request.host_url).netloc == parts.netloc and parts.scheme in ("http", "https"):
            return safe_next(parts.path + ("?" + parts.query if parts.query else ""))
        return url_for("HomeView.index")
    return find_page(path)


def establish_session(person: Staff) -> None:
    """Begin a fresh session for a person who has just proved who they are."""
    locale = session.get("locale")
    session.clear()
    forget_viewer()
    login_user(person, remember=False)
    session.permanent = True
    session["epoch"] = person.session_epoch
    mark_beginning(session)
    if person.locale or locale:  # else the browser's language goes on deciding
        session["locale"] = person.locale or locale


class SignInView(BaseView):
    """Sign-in and sign-out."""

    route_base = ""
    default_view = "login"

    @expose("/login/", methods=["GET", "POST"])
    @takes(SIGN_IN)
    def login(self) -> ResponseReturnValue:
        """Show the sign-in form, or check it."""
        if current_user.is_authenticated:
            return redirect(safe_next(request.args.get("next")))
        form, error, status, headers = SignInForm(), None, 200, {}
        if form.validate_on_submit():
            try:
                person = signin.authenticate(form.username.data or "", form.password.data or "")
            except signin.TooManyTries:
                error, status = _("Too many tries. Wait a quarter of an hour and try again."), 429
            except Busy as busy:
                error, status, headers = str(busy), busy.status, {"Retry-After": str(busy.retry_after)}
            else:
                if person is not None:
                    return self._enter(person)
                error, status = _("User name or password is not right."), 401
        page = self.render_template(
            "appbuilder/general/security/login_db.html", title=_("Sign in"), form=form, form_action=request.full_path.rstrip("?"),
            error=error, demo_accounts=current_app.config["DEMO_ACCOUNTS"] if current_app.config["DEMO"] else None,
            demo_password=DEMO_PASSWORD,
        )  # fmt: skip
        return page, status, headers

    def _enter(self, person: Staff) -> ResponseReturnValue:
        establish_session(person)
        response = redirect(safe_next(request.args.get("next")))
        secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
        response.set_cookie(
            signin.DEVICE_COOKIE, signin.make_device_cookie(person.id), max_age=signin.DEVICE_LIFE,
            httponly=True, samesite="Lax", secure=secure, path="/login/",
        )  # fmt: skip
        return response

    @expose("/logout/", methods=["POST"])
    def logout(self) -> ResponseReturnValue:
        """End every session of the person: a copied cookie is worthless from now on."""
        if current_user.is_authenticated:
            signin.end_sessions(current_user.id)
        locale = session.get("locale")
        logout_user()
        forget_viewer()
        session.clear()
        if locale:
            session["locale"] = locale
        return redirect(url_for("SignInView.login"))


class ProfileView(BaseView):
    """One's own account."""

    route_base = "/profile"
    default_view = "profile"

    @expose("/", methods=["GET"])
    def profile(self) -> ResponseReturnValue:
        """Show who one is here, and what one may change."""
        viewer = current_viewer()
        if viewer.profile is None:
            return redirect(url_for("SignInView.login", next=request.full_path))
        person = find_account(viewer.profile.id) or abort(404)
        facts = [
            (pgettext("person", "Name"), person.name),
            (_("User name"), person.username),
            (_("Department"), str(person.department or "–")),
            (_("Roles"), say_role_names(person.id)),
            (_("Mail"), person.email),
        ]
        facts += read_absence_facts(person.id)
        actions = [Button(_("Change password"), url_for("ProfileView.password"), primary=True)]
        if viewer.may("can_list", "Absences"):
            actions.insert(0, Button(_("Absences"), url_for("AbsencesView.list"), icon="calendar-event"))
        return self.render_template("ui/profile.html", title=_("Profile"), facts=facts, actions=actions)

    @expose("/password", methods=["GET", "POST"])
    def password(self) -> ResponseReturnValue:
        """Change one's own password."""
        viewer = current_viewer()
        if viewer.profile is None:
            return redirect(url_for("SignInView.login", next=request.full_path))
        person = find_account(viewer.profile.id) or abort(404)
        form, errors, status, headers = PasswordForm(), [], 200, {}
        must = person.must_change_password
        if form.validate_on_submit():
            try:
                signin.change_password(person, form.present.data or "", form.password.data or "")
            except RuleViolation as refusal:
                errors, status = attach(refusal, form), 422
                if isinstance(refusal, Busy):
                    status, headers = refusal.status, {"Retry-After": str(refusal.retry_after)}
            else:
                establish_session(person)
                flash(_("Your password is changed. Other sessions are signed out."), "success")
                return redirect(url_for("HomeView.index"))
        names = ["password", "again"] if must else ["present", "password", "again"]
        form.present.flags.required = not must
        page = self.render_template(
            "appbuilder/general/model/edit.html", title=_("Change password"), form=form, fieldsets=[(None, names)],
            form_action=request.path, cancel_url=url_for("ProfileView.profile"), submit_label=_("Change password"),
            error_summary=errors, conflict=None,
        )  # fmt: skip
        return page, 422 if form.errors and status == 200 else status, headers


class LanguageView(BaseView):
    """The language of the screens."""

    route_base = "/language"
    default_view = "switch"

    @expose("/<code>", methods=["POST"])
    def switch(self, code: str) -> ResponseReturnValue:
        """Switch to a language and remember it for the person."""
        if code not in current_app.config["LANGUAGES"]:
            abort(404)
        session["locale"] = code
        if current_user.is_authenticated:
            remember_language(current_user.id, code)
        refresh()
        return redirect(safe_next(request.referrer))

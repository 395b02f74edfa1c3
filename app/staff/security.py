"""FAB's security manager on our terms: permissions from the viewer, sessions with an epoch, our screens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask import Flask, Response, g, jsonify, session
from flask_appbuilder.api import safe
from flask_appbuilder.baseviews import BaseView
from flask_appbuilder.menu import Menu
from flask_appbuilder.security.api import SecurityApi
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_appbuilder.views import expose
from flask_babel import gettext as _
from flask_jwt_extended import JWTManager

from ..core.access.viewer import Profile, current_viewer, read_profile
from ..core.base.bounds import SIGN_IN, takes
from ..core.base.errors import Busy
from ..core.base.input_guard import parse_id
from ..core.views.rest import LoudFailures
from . import signin
from .authviews import SignInView
from .models import Staff
from .views import GroupsView, RolesView, StaffView


class DeskSecurityApi(LoudFailures, SecurityApi):
    """FAB's sign-in for REST, with the limit on guessing."""

    @expose("/login", methods=["POST"])
    @takes(SIGN_IN)
    @safe
    def login(self) -> Response:
        try:
            return SecurityApi.login.__wrapped__(self)  # its own `safe` would make a 500 of what follows
        except signin.TooManyTries:
            return self.response(429, message=_("Too many tries. Wait a quarter of an hour and try again."))
        except Busy as busy:
            answer = self.response(busy.status, message=str(busy))
            answer.headers["Retry-After"] = str(busy.retry_after)
            return answer

    def response_401(self) -> Response:
        """Answer that user name and password do not fit."""
        return self.response(401, message=_("User name or password is not right."))

    login.__doc__ = SecurityApi.login.__doc__


class DeskSecurityManager(SecurityManager):
    """Who is signed in, by which proof, and what the framework's own checks ask of access."""

    user_model = Staff
    userdbmodelview = StaffView
    rolemodelview = RolesView
    groupmodelview = GroupsView
    authdbview = SignInView
    security_api = DeskSecurityApi
    userstatschartview = None

    def register_views(self) -> None:
        """Register sign-in; people, roles and groups are modules' screens. FAB's reset and info screens stay away."""
        self.appbuilder.add_api(self.security_api)
        self.auth_view = self.authdbview()
        self.appbuilder.add_view_no_menu(self.auth_view)

    def has_access(self, permission_name: str, view_name: str) -> bool:
        """Answer from the viewer's grants: no statement per check."""
        return current_viewer().may(permission_name, view_name)

    def get_user_menu_access(self, menu_names: list[str] | None = None) -> set[str]:
        """Return the menu entries the viewer may open."""
        viewer = current_viewer()
        return {name for name in menu_names or [] if viewer.may("menu_access", name)}

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        """Answer no: nothing of this app is public but sign-in and health."""
        return False

    def get_user_permissions(self, user: Person) -> set[tuple[str, str]]:
        """Return the signed-in person's grants."""
        return {grant for role in current_viewer().roles for grant in role}

    def auth_user_db(self, username: str | None, password: str | None) -> Staff | None:
        """Check a user name and password; both ways in come here."""
        if not username or not password:
            return None
        return signin.authenticate(username, password)

    def load_user(self, pk: int | str) -> Person | None:
        """Return the person of a session cookie, if the cookie is not older than their last sign-out or change."""
        person = _find_active(pk)
        return person if person is not None and session.get("epoch") == person.profile.epoch else None

    def load_user_jwt(self, _header: Mapping[str, object], data: Mapping[str, str | int]) -> Person | None:
        """Return the person of a token, by the same test."""
        person = _find_active(data["sub"])
        if person is None or data.get("epoch") != person.profile.epoch or person.profile.must_change_password:
            return None
        g.user = person
        return person

    def create_jwt_manager(self, app: Flask) -> JWTManager:
        """Put the epoch into every token."""
        manager = super().create_jwt_manager(app)
        manager.additional_claims_loader(_claims)
        for register in (
            manager.user_lookup_error_loader, manager.expired_token_loader, manager.revoked_token_loader,
            manager.invalid_token_loader, manager.needs_fresh_token_loader, manager.token_verification_failed_loader,
        ):  # fmt: skip
            register(_refuse_token)
        manager.unauthorized_loader(_ask_for_token)
        return manager

    def security_cleanup(self, baseviews: Iterable[BaseView], menus: Menu) -> None:
        """Leave grants alone: `crm init` alone writes them."""


@dataclass(frozen=True)
class Person:
    """Someone signed in, as Flask-Login and FAB ask for one: the profile, read once per request."""

    profile: Profile
    is_authenticated = True
    is_active = True
    is_anonymous = False

    @property
    def id(self) -> int:
        """Return the person's id."""
        return self.profile.id

    def get_id(self) -> str:
        """Return the id as a session keeps it."""
        return str(self.profile.id)


def _find_active(pk: int | str) -> Person | None:
    number = parse_id(str(pk))
    profile = read_profile(number) if number is not None else None
    return Person(profile) if profile is not None else None


def _claims(identity: str) -> dict[str, int]:
    person = _find_active(identity)
    return {"epoch": person.profile.epoch if person is not None else -1}


def _refuse_token(*_about: object) -> tuple[Response, int]:
    return jsonify(message=_("This token is no longer valid. Sign in again.")), 401


def _ask_for_token(_reason: str) -> tuple[Response, int]:
    return jsonify(message=_("Sign in and try again.")), 401

"""Flask-AppBuilder's private parts, and marshmallow's."""

from __future__ import annotations

import inspect
import logging
import sys
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import flask_appbuilder.api
import flask_appbuilder.baseviews
import flask_appbuilder.models.sqla.interface
import pytest
import waitress.utilities
from flask import Flask, g
from flask_appbuilder import AppBuilder, Model, ModelRestApi, ModelView
from flask_appbuilder.actions import ActionItem
from flask_appbuilder.api.convert import Model2SchemaConverter
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.api import SecurityApi
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_appbuilder.security.sqla.models import Role
from marshmallow import Schema, fields
from werkzeug.local import LocalProxy

from .uses import Use

# What FAB registers by itself; DeskBuilder takes those it wants and leaves the others out.
ADMIN_VIEWS = {
    "add_view_no_menu", "bm.register_views", "sm.register_views", "openapi_manager.register_views", "menuapi_manager.register_views",
}  # fmt: skip
# The methods that DeskSecurityManager has in FAB's place -> the arguments that FAB gives.
SECURITY_HOOKS = {
    "register_views": [], "has_access": ["permission_name", "view_name"], "get_user_menu_access": ["menu_names"],
    "is_item_public": ["permission_name", "view_name"], "get_user_permissions": ["user"], "auth_user_db": ["username", "password"],
    "load_user": ["pk"], "load_user_jwt": ["_jwt_header", "jwt_data"], "create_jwt_manager": ["app"],
    "security_cleanup": ["baseviews", "menus"],
}  # fmt: skip
LINKS = {
    "ab_user_role": {"user_id", "role_id"}, "ab_user_group": {"user_id", "group_id"}, "ab_group_role": {"group_id", "role_id"},
    "ab_permission_view_role": {"permission_view_id", "role_id"},
}  # fmt: skip


class Reached(BaseException):
    """Raised by a hook that was called as it should be."""


class RecordingView(ModelView):
    """Notes in which order FAB calls what the desk overrides."""

    datamodel = SQLAInterface(Role)
    add_columns = edit_columns = ["name"]
    seen: Any = ()

    def _init_properties(self) -> None:
        self.seen = (*self.seen, "properties")
        super()._init_properties()

    def _init_forms(self) -> None:
        self.seen = (*self.seen, "forms")
        super()._init_forms()


class RecordingApi(ModelRestApi):
    """Notes what FAB calls of what the desk overrides."""

    datamodel = SQLAInterface(Role)
    seen: Any = frozenset()

    def _init_model_schemas(self) -> None:
        self.seen = self.seen | {"schemas"}
        super()._init_model_schemas()

    def _gen_labels_columns(self, list_columns: list[str]) -> None:
        self.seen = self.seen | {"labels"}
        super()._gen_labels_columns(list_columns)

    def _handle_filters_args(self, rison_args: Any) -> Any:
        raise Reached


def find_change_of_admin_views(_app: Flask) -> str | None:
    builder = MagicMock()
    AppBuilder._add_admin_views(builder)
    found = {name for name, _args, _kwargs in builder.method_calls}
    if found != ADMIN_VIEWS:
        return f"FAB registers other views of its own than before ({', '.join(sorted(found ^ ADMIN_VIEWS))})"
    return None if "self._add_admin_views()" in inspect.getsource(AppBuilder) else "FAB no longer registers its views there"


def find_change_of_views(app: Flask) -> str | None:
    with app.app_context():
        view = RecordingView()
    if view.seen != ("properties", "forms"):
        return f"a view is prepared by {view.seen or 'nothing that the desk overrides'}, not by _init_properties and then _init_forms"
    return None if hasattr(view.add_form, "refresh") else "a view's form can no longer be made by `refresh`"


def find_change_of_schemas(app: Flask) -> str | None:
    with app.app_context():
        api = RecordingApi()
        api.create_blueprint(MagicMock())
    if "schemas" not in api.seen or not isinstance(api.add_model_schema, Schema) or not isinstance(api.edit_model_schema, Schema):
        return "a resource's schemas are no longer made by `_init_model_schemas`, so bodies would be read by FAB's shared ones"
    return None


def find_change_of_labels(app: Flask) -> str | None:
    with app.app_context():
        return None if "labels" in RecordingApi().seen else "labels are no longer made by `_gen_labels_columns`"


def find_change_of_filters(app: Flask) -> str | None:
    with app.test_request_context("/"):
        api = RecordingApi()
        try:
            api.get_list_headless(rison={"filters": [{"col": "name", "opr": "sw", "value": "A"}]})
        except Reached:
            mine = api.datamodel.get_filters(search_columns=["name"])
            mine.rest_add_filters([{"col": "name", "opr": "sw", "value": "A"}])
            known = {one.arg_name for one in api._filters.get_search_filters()["name"]}
            joined = mine.get_joined_filters(api._base_filters)
            return None if joined.values == ["A"] and "sw" in known else "filters of a request are no longer put together as before"
    return "the filters of a list are no longer read by `_handle_filters_args`, so threads would share one object"


def find_change_of_headless(_app: Flask) -> str | None:
    methods = (ModelRestApi.post, ModelRestApi.put, ModelRestApi.delete)
    lost = [one.__name__ for one in methods if f"return self.{one.__name__}_headless(" not in inspect.getsource(one)]
    return f"REST's {', '.join(lost)} no longer goes through its …_headless method: writes would pass our readers by" if lost else None


def find_change_of_safe(app: Flask) -> str | None:
    caught = []

    def fail(_self: Any) -> None:
        raise ValueError("unforeseen")

    with app.app_context():
        flask_appbuilder.api.safe(fail)(SimpleNamespace(response_500=lambda **_: caught.append(sys.exc_info()[1])))
    is_same = len(caught) == 1 and str(caught[0]) == "unforeseen"
    return None if is_same else "`safe` no longer answers by `response_500` while the error is being handled: outages would be 500"


def find_change_of_login(app: Flask) -> str | None:
    def refuse(*_: Any) -> None:
        raise Reached

    me = SimpleNamespace(appbuilder=SimpleNamespace(sm=SimpleNamespace(auth_user_db=refuse)))
    with app.test_request_context("/", method="POST", json={"username": "a", "password": "b", "provider": "db"}):
        try:
            SecurityApi.login.__wrapped__(me)
        except Reached:
            return None
    return "sign-in over REST no longer asks `auth_user_db`"


def find_change_of_hooks(_app: Flask) -> str | None:
    for name, arguments in SECURITY_HOOKS.items():
        present = list(inspect.signature(getattr(SecurityManager, name)).parameters)[1:]
        if present != arguments:
            return f"SecurityManager.{name} takes {present}, not {arguments}"
    return None


def find_change_of_before_request(app: Flask) -> str | None:
    with app.test_request_context("/"):
        type(app.extensions["appbuilder"].sm).before_request()
        is_lazy = type(g.user) is LocalProxy
    return None if is_lazy else "`g.user` is no longer a proxy that loads the person when asked: a log line could ask the database"


def find_change_of_login_manager(app: Flask) -> str | None:
    nobody = app.extensions["appbuilder"].sm.lm.anonymous_user()
    return None if not nobody.is_authenticated else "`sm.lm.anonymous_user` is no longer nobody"


def find_change_of_links(_app: Flask) -> str | None:
    for name, columns in LINKS.items():
        table = Model.metadata.tables.get(name)
        if table is None or not columns <= set(table.c.keys()):
            return f"who holds which role is no longer in {name} ({', '.join(sorted(columns))})"
    return None


def find_change_of_baseviews(app: Flask) -> str | None:
    views = app.extensions["appbuilder"].baseviews
    return None if all(hasattr(view, "endpoint") for view in views) and len(views) > 20 else "`baseviews` no longer lists the screens"


def find_change_of_actions(_app: Flask) -> str | None:
    item = ActionItem("take", "Take", "Sure?", None, True, False, print)
    kept = (item.name, item.text, item.confirmation, item.multiple, item.func)
    return None if kept == ("take", "Take", "Sure?", True, print) else "a list action no longer holds its words and function as before"


def find_change_of_marks(app: Flask) -> str | None:
    bounds = {name: getattr(view, "max_body", None) for name, view in app.view_functions.items()}
    return None if bounds["DeskSecurityApi.login"] == bounds["SignInView.login"] == 16 * 1024 else "a mark on a view's method is lost"


def find_change_of_logs(_app: Flask) -> str | None:
    names = [
        flask_appbuilder.api.log.name, flask_appbuilder.models.sqla.interface.log.name, waitress.utilities.logger.name,
        waitress.utilities.queue_logger.name,
    ]  # fmt: skip
    expected = ["flask_appbuilder.api", "flask_appbuilder.models.sqla.interface", "waitress", "waitress.queue"]
    return None if names == expected else f"the logs are now called {names}: what people typed could be logged"


def find_change_of_converter(_app: Flask) -> str | None:
    arguments = list(inspect.signature(Model2SchemaConverter.convert).parameters)
    if arguments != ["self", "columns", "model", "nested", "parent_schema_name"]:
        return f"convert takes {arguments}"
    schema: Any = Schema.from_dict({"name": fields.String()})()
    schema.dump = lambda row, **_: "ours"
    return None if schema.dump({"name": "x"}) == "ours" else "a schema no longer dumps by what is set as its `dump`"


class Doubled(fields.Field):
    """A field that reads a value our way."""

    def _deserialize(self, value: Any, _attr: str | None, _data: Any, **_more: Any) -> Any:
        return value * 2


def find_change_of_reader_fields(_app: Flask) -> str | None:
    reader = Schema.from_dict({"n": Doubled(allow_none=True)})()
    return None if [reader.load({"n": n})["n"] for n in (4, None)] == [8, None] else "a field no longer reads by its own `_deserialize`"


def add_admin_view(monkeypatch: pytest.MonkeyPatch, _app: Flask) -> None:
    before = AppBuilder._add_admin_views
    monkeypatch.setattr(AppBuilder, "_add_admin_views", lambda self: (before(self), self.keys_manager.register_views()))


def _replace(owner: Any, name: str, value: Any) -> Any:
    return lambda monkeypatch, _app: monkeypatch.setattr(owner, name, value)


def upset_sign_in(monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    monkeypatch.setattr(type(app.extensions["appbuilder"].sm), "before_request", staticmethod(lambda: setattr(g, "user", object())))


def upset_login_manager(monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    monkeypatch.delattr(app.extensions["appbuilder"].sm, "lm")


def upset_baseviews(monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    monkeypatch.setattr(app.extensions["appbuilder"], "baseviews", [])


def upset_marks(monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    monkeypatch.setitem(app.view_functions, "SignInView.login", lambda: None)


BARE_INIT = _replace(flask_appbuilder.baseviews.BaseModelView, "__init__", lambda self, **_: None)
BARE_API = _replace(ModelRestApi, "__init__", lambda self: None)

USES = [
    Use("AppBuilder._add_admin_views", find_change_of_admin_views, add_admin_view),
    Use("BaseCRUDView._init_properties", find_change_of_views, BARE_INIT),
    Use("BaseCRUDView._init_forms", find_change_of_views, _replace(flask_appbuilder.baseviews.BaseCRUDView, "__init__", lambda self: None)),
    Use(
        "ModelRestApi._init_model_schemas",
        find_change_of_schemas,
        _replace(ModelRestApi, "create_blueprint", lambda self, _builder: None),
    ),
    Use("ModelRestApi._gen_labels_columns", find_change_of_labels, BARE_API),
    Use(
        "ModelRestApi._handle_filters_args",
        find_change_of_filters,
        _replace(ModelRestApi, "get_list_headless", lambda self, **_: None),
    ),
    Use("ModelRestApi.post_headless", find_change_of_headless, _replace(ModelRestApi, "post", lambda self: None)),
    Use("safe", find_change_of_safe, _replace(flask_appbuilder.api, "safe", lambda f: lambda self: None)),
    Use("SecurityApi.login.__wrapped__", find_change_of_login, _replace(SecurityApi, "login", lambda self: None)),
    Use("SecurityManager.load_user_jwt", find_change_of_hooks, _replace(SecurityManager, "load_user_jwt", lambda self, data: None)),
    Use("SecurityManager.before_request", find_change_of_before_request, upset_sign_in),
    Use("SecurityManager.lm", find_change_of_login_manager, upset_login_manager),
    Use("assoc_user_role", find_change_of_links, lambda m, _: m.setitem(LINKS, "ab_user_role", {"person_id"})),
    Use("AppBuilder.baseviews", find_change_of_baseviews, upset_baseviews),
    Use(
        "ActionItem.func",
        find_change_of_actions,
        lambda m, _: m.setattr(ActionItem, "func", property(lambda _: None, lambda *_: None), raising=False),
    ),
    Use("view.max_body", find_change_of_marks, upset_marks),
    Use("flask_appbuilder.api", find_change_of_logs, lambda m, _: m.setattr(flask_appbuilder.api, "log", logging.getLogger("fab"))),
    Use("Model2SchemaConverter.convert", find_change_of_converter, _replace(Model2SchemaConverter, "convert", lambda self, columns: None)),
    Use(
        "Field._deserialize",
        find_change_of_reader_fields,
        lambda m, _: m.setattr(fields.Field, "deserialize", lambda _self, value, *_more, **_named: value),
    ),
]

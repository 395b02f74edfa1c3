"""The private parts of Flask and of what belongs to it (Login, Babel, itsdangerous), of Jinja and of WTForms."""

from __future__ import annotations

from typing import Any

import flask
import flask_babel
import flask_login
import jinja2
import pytest
import wtforms
from flask import Flask, g, session
from itsdangerous import Serializer, TimestampSigner, URLSafeTimedSerializer
from jinja2 import nodes
from wtforms.fields.core import UnboundField

from .uses import Use


def find_change_of_flashes(app: Flask) -> str | None:
    with app.test_request_context("/"):
        flask.flash("said", "info")
        kept = session.get("_flashes")
    return None if kept == [("info", "said")] else "messages for the next page are no longer a list in the session's `_flashes`"


class Someone(flask_login.UserMixin):
    """A person to sign in."""

    id = "7"


def find_change_of_user_id(app: Flask) -> str | None:
    with app.test_request_context("/"):
        flask_login.login_user(Someone())
        kept = session.get("_user_id")
    return None if kept == "7" else "the person signed in is no longer in the session's `_user_id`"


def find_change_of_login_user(app: Flask) -> str | None:
    with app.test_request_context("/"):
        g._login_user = someone = Someone()
        same = flask_login.current_user._get_current_object() is someone
    return None if same else "`current_user` no longer takes who stands in `g._login_user`: an answer without database would ask it"


def find_change_of_signer(_app: Flask) -> str | None:
    asked = []

    class Signer(TimestampSigner):
        def unsign(self, *args: Any, **kwargs: Any) -> Any:
            asked.append(args)
            return super().unsign(*args, **kwargs)

    serializer = URLSafeTimedSerializer("key")
    serializer.signer = Signer
    serializer.loads(serializer.dumps("x"))
    return None if asked else "a serializer no longer signs by the class that is set as its `signer`"


def find_change_of_selector(app: Flask) -> str | None:
    babel = app.extensions["babel"]
    before = babel.locale_selector
    try:
        found = []
        for language in ("en", "zh"):
            babel.locale_selector = lambda language=language: language
            with app.test_request_context("/"):
                found.append(str(flask_babel.get_locale()))
    finally:
        babel.locale_selector = before
    return None if found == ["en", "zh"] else "the language is no longer chosen by the extension's `locale_selector`"


class Seen(jinja2.Environment):
    """Notes what passes through the two methods that the desk overrides."""

    def __init__(self) -> None:
        super().__init__(loader=jinja2.DictLoader({"page": "said {{ 1 }}"}))
        self.seen: list[tuple[str, Any]] = []

    def _load_template(self, name: str, globals: Any) -> Any:
        self.seen.append(("load", name))
        return super()._load_template(name, globals)

    def _generate(self, source: nodes.Template, name: Any, filename: Any, defer_init: bool = False) -> str:
        self.seen.append(("generate", source))
        source.body[0] = nodes.Output([nodes.TemplateData("changed ")])
        return super()._generate(source, name, filename, defer_init)


def find_change_of_load(_app: Flask) -> str | None:
    environment = Seen()
    text = environment.get_template("page").render()
    if ("load", "page") not in environment.seen or "changed" not in text:
        return "get_template no longer loads by `_load_template`: templates would be compiled once for all languages"
    if environment.overlay().overlayed is not True or environment.overlayed is not False:
        return "an overlay of an environment no longer says by `overlayed` that it is one"
    return None


def find_change_of_generate(_app: Flask) -> str | None:
    environment = Seen()
    environment.compile("said {{ 1 }}")
    trees = [one for kind, one in environment.seen if kind == "generate"]
    return None if trees and isinstance(trees[0], nodes.Template) else "a template's tree no longer passes through `_generate`"


class Plain(wtforms.Form):
    """A form of one field."""

    name = wtforms.StringField("Name", description="d")


def find_change_of_shown_day(_app: Flask) -> str | None:
    class Day(wtforms.DateField):
        def _value(self) -> str:
            return "0001-01-01"

    form = type("DayForm", (wtforms.Form,), {"day": Day()})()
    is_asked = 'value="0001-01-01"' in form.day() and hasattr(wtforms.DateField, "_value")
    return None if is_asked else "a control no longer shows what its field's `_value` returns"


def find_change_of_fields(_app: Flask) -> str | None:
    form = Plain(prefix="p-")
    return None if list(form._fields.items()) == [("name", form.name)] else "a form's fields by name are no longer in `_fields`"


def find_change_of_kwargs(_app: Flask) -> str | None:
    unbound: Any = Plain.name
    return None if unbound.kwargs == {"description": "d"} else "a field that is not bound yet no longer keeps its arguments in `kwargs`"


def find_change_of_type(_app: Flask) -> str | None:
    class Shown(wtforms.StringField):
        """Says what it is, whatever WTForms writes."""

        type = property(lambda self: "TextAreaField", lambda self, _name: None)  # type: ignore[assignment]  # what is checked

    class Form(wtforms.Form):
        one, other = wtforms.StringField(), Shown()

    form = Form()
    if (form.one.type, form.other.type) != ("StringField", "TextAreaField"):
        return "a field's `type` is no longer the name of its class, or no longer to be overridden: templates choose the control by it"
    return None


def keep_no_flashes(monkeypatch: pytest.MonkeyPatch, _app: Flask) -> None:
    monkeypatch.setattr(flask, "flash", lambda text, kind: session.setdefault("_notes", []).append((kind, text)))


def keep_no_user_id(monkeypatch: pytest.MonkeyPatch, _app: Flask) -> None:
    monkeypatch.setattr(flask_login, "login_user", lambda user: session.update(user_id=user.id))


def choose_no_language(monkeypatch: pytest.MonkeyPatch, _app: Flask) -> None:
    monkeypatch.setattr(flask_babel, "get_locale", lambda: "en")


def call_fields_alike(monkeypatch: pytest.MonkeyPatch, _app: Flask) -> None:
    begin = wtforms.Field.__init__

    def begin_otherwise(self: Any, *args: Any, **kwargs: Any) -> None:
        begin(self, *args, **kwargs)
        self.type = "field"

    monkeypatch.setattr(wtforms.Field, "__init__", begin_otherwise)


USES = [
    Use('session["_flashes"]', find_change_of_flashes, keep_no_flashes),
    Use('session["_user_id"]', find_change_of_user_id, keep_no_user_id),
    Use("g._login_user", find_change_of_login_user, lambda m, _: m.setattr(flask_login.utils, "_get_user", lambda: Someone())),
    Use(
        "Serializer.signer",
        find_change_of_signer,
        lambda m, _: m.setattr(Serializer, "signer", property(lambda _: TimestampSigner, lambda _self, _new: None), raising=False),
    ),
    Use("BabelConfiguration.locale_selector", find_change_of_selector, choose_no_language),
    Use(
        "Environment._load_template",
        find_change_of_load,
        lambda m, _: m.setattr(jinja2.Environment, "get_template", lambda self, _name: self.from_string("said")),
    ),
    Use("Environment._generate", find_change_of_generate, lambda m, _: m.setattr(jinja2.Environment, "compile", lambda *_: None)),
    Use("Form._fields", find_change_of_fields, lambda m, _: m.setattr(wtforms.Form, "_fields", property(lambda _: {}), raising=False)),
    Use(
        "UnboundField.kwargs",
        find_change_of_kwargs,
        lambda m, _: m.setattr(UnboundField, "kwargs", property(lambda _: {}, lambda _self, _new: None), raising=False),
    ),
    Use("DateField._value", find_change_of_shown_day, lambda m, _: m.delattr(wtforms.DateTimeField, "_value")),
    Use("Field.type", find_change_of_type, call_fields_alike),
]

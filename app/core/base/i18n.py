"""The reader's language: how it is chosen, and its words for code and templates."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from babel import Locale
from babel.support import NullTranslations
from flask import Flask, has_request_context, request, session
from flask_babel import Domain, get_domain, get_locale
from flask_babel.speaklater import LazyString
from markupsafe import Markup

from .caches import Cache

Words = str | LazyString  # what a person reads: said already, or put into the reader's language where it is shown
_locale = cache(Locale.parse)


def choose_locale(app: Flask) -> Callable[[], Locale]:
    """Return the selector: the session's language (the person's, since sign-in), else the browser's, else the default."""
    languages = list(app.config["LANGUAGES"])

    def select_locale() -> Locale:
        if has_request_context():
            chosen = session.get("locale")
            if chosen in languages:
                return _locale(chosen)
            best = request.accept_languages.best_match([*languages, "zh-CN", "zh-TW"], default="")
            if best:
                return _locale(best[:2])
        return _locale(app.config["BABEL_DEFAULT_LOCALE"])

    return select_locale


class LocaleDomain(Domain):
    """Flask-Babel's, finding a catalogue by the locale itself: by its name, spelled out for each word, a form would cost 5 % more."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._catalogues: Cache[NullTranslations] = Cache("catalogues by locale", 16, is_of_code=True)

    def get_translations(self) -> NullTranslations:
        """Return the catalogue of the reader's language."""
        locale = get_locale()
        if locale is None:
            return super().get_translations()
        code = locale.language  # as in LANGUAGES, of which the selector chooses; a locale's own hash is reckoned anew each time
        found = self._catalogues.find(code)
        return found if found is not None else self._catalogues.keep(code, super().get_translations())


def say(text: str, /, **holes: object) -> Markup:
    """Return a template's words in the reader's language; what fills the holes is escaped."""
    return Markup(get_domain().get_translations().ugettext(text)) % holes  # noqa: S704 - as Jinja's extension takes them


def register(app: Flask) -> None:
    """Choose languages our way, and give templates their words without a detour."""
    babel = app.extensions["babel"]
    babel.locale_selector = choose_locale(app)
    domain = LocaleDomain(domain=babel.default_domain)
    app.before_request(domain.as_default)
    app.jinja_env.globals["_"] = say

"""The reader's language: how it is chosen, and its words for code and templates."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from babel import Locale
from babel.support import NullTranslations
from flask import Flask, g, has_request_context, request, session
from flask_babel import Domain, get_domain
from flask_babel.speaklater import LazyString
from markupsafe import Markup

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


class ReadersDomain(Domain):
    """Flask-Babel's, finding the reader's catalogue once a request: a page asks for some three hundred words.

    It is kept where Flask-Babel keeps the reader's locale, under the name that its `refresh` and `force_locale` drop.
    """

    def get_translations(self) -> NullTranslations:
        """Return the catalogue of the reader's language."""
        kept = getattr(g.get("_flask_babel"), "babel_translations", None) if g else None
        if kept is None:
            kept = super().get_translations()
            if g:
                g._flask_babel.babel_translations = kept
        return kept


def say(text: str, /, **holes: object) -> Markup:
    """Return a template's words in the reader's language; what fills the holes is escaped."""
    return Markup(get_domain().get_translations().ugettext(text)) % holes  # noqa: S704 - as Jinja's extension takes them


def register(app: Flask) -> None:
    """Choose languages our way, and give templates their words without a detour."""
    babel = app.extensions["babel"]
    babel.locale_selector = choose_locale(app)
    babel.instance.domain_instance = ReadersDomain(domain=babel.default_domain)
    app.jinja_env.globals["_"] = say

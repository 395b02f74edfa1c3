"""Templates are compiled once for each language and mount path, and print what Jinja would have printed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template, request
from flask_babel import Domain, force_locale, get_domain
from jinja2 import DictLoader
from jinja2.exceptions import TemplateAssertionError
from markupsafe import Markup

from app.core.base.i18n import LocaleDomain
from app.core.web.templating import DeskEnvironment

from .conftest import Browser


@pytest.fixture
def made(app: Flask) -> Any:
    """Return a function that renders a template's source for a request, in a language and below a path."""

    def render(source: str, language: str = "en", root: str = "", *, folded: bool = True, **values: Any) -> str:
        environment = DeskEnvironment(app)
        environment.loader = DictLoader({"page.html": source})
        environment.globals.update(app.jinja_env.globals)
        environment.fixed = app.jinja_env.fixed if folded else {}  # type: ignore[attr-defined]
        with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": root}), force_locale(language):
            return environment.get_template("page.html").render(**values)

    return render


SOURCES = {
    "a word": "{{ _('Customers') }}",
    "a word that HTML would take for its own": "{{ _('“%(name)s” & <b>') }}".replace("%(name)s", "x"),
    "a word with a hole": "{{ _('%(name)s deleted', name=name) }}",
    "a percent sign": "{{ _('100%% sure') }}",
    "a word in an attribute": "<p title=\"{{ _('Customers') }}\">",
    "a word kept in a name": "{% set t = _('Customers') %}{{ t }}-{{ t | upper }}",
    "an icon": "{{ icon('x') }}{{ icon('x', 'big') }}",
    "an icon chosen while rendering": "{{ icon('x' if name else 'plus') }}",
    "an address": "{{ url_for('CustomersView.list') }}{{ url_for('CustomersView.show', pk=3) }}",
    "an address with a value": "{{ url_for('CustomersView.show', pk=name | length) }}",
    "a file": "{{ asset('ui/app.css') }}",
    "a macro": "{% macro m(t) %}{{ t }}{{ _('Customers') }}{% endmacro %}{{ m(_('Delete')) }}",
}


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("root", ["", "/desk"])
def test_a_languages_environment_prints_what_jinja_prints(made: Any, name: str, language: str, root: str) -> None:
    values = {"name": "<Ä & 'Co'>"}
    assert made(SOURCES[name], language, root, **values) == made(SOURCES[name], language, root, folded=False, **values) != ""


def test_a_languages_environment_leaves_out_the_indentation_of_the_template_and_none_of_a_value(made: Any) -> None:
    source = "<ul>\n    {% for t in texts %}\n      <li>{{ t }}</li>\n    {% endfor %}\n  </ul>\n<textarea>\n{{ texts[0] }}</textarea>"
    text = "  first\n    second"
    assert re.sub(r"\n+", "\n", made(source, texts=[text])) == f"<ul>\n<li>{text}</li>\n</ul>\n<textarea>\n{text}</textarea>"


def test_no_template_holds_text_whose_indentation_is_seen() -> None:
    assert not [path for path in Path("app").rglob("*.html") if "<pre" in path.read_text(encoding="utf-8")]


def test_each_language_and_path_has_its_own_words_and_addresses(made: Any) -> None:
    source = "{{ _('Customers') }} {{ url_for('CustomersView.list') }}"
    assert [made(source, *of) for of in (("zh",), ("en",), ("zh", "/desk"), ("en", "/desk"))] == [
        "客户 /customers/", "Customers /customers/", "客户 /desk/customers/", "Customers /desk/customers/",
    ]  # fmt: skip


@pytest.mark.parametrize("source", ["{% set icon = 1 %}", "{% for _ in [1] %}{% endfor %}", "{% macro m(asset) %}{% endmacro %}"])
def test_no_template_may_give_a_fixed_name_another_meaning(made: Any, source: str) -> None:
    with pytest.raises(TemplateAssertionError, match="fixed meaning"):
        made(source)
    made(source, folded=False)


def test_readers_of_two_languages_never_get_each_others_page(stranger: Browser) -> None:
    for language, word in (("zh", "登录"), ("en", "Sign in"), ("zh", "登录"), ("en", "Sign in")):
        page = stranger.client.get("/login/", headers={"Accept-Language": language})
        assert word in page.text
        assert f'lang="{"zh-CN" if language == "zh" else "en"}"' in page.text.split("<head>")[0]


def test_words_of_code_come_from_the_catalogue_of_the_locale_in_force(desk: Flask) -> None:
    with desk.test_request_context("/", headers={"Accept-Language": "en"}):
        desk.preprocess_request()
        domain, plain = get_domain(), Domain()
        assert isinstance(domain, LocaleDomain)
        for language, word in (("zh", "客户"), ("en", "Customers"), ("zh", "客户")):
            with force_locale(language):
                assert domain.gettext("Customers") == plain.gettext("Customers") == word
                assert domain.get_translations() is domain.get_translations()
        assert domain.gettext("Customers") == "Customers"


def test_environments_are_few_whatever_is_asked(app: Flask) -> None:
    environment: Any = app.jinja_env
    for number in range(environment._by_locale.size * 2):
        with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": f"/{number}"}):
            page = render_template("ui/message.html", title="t", text="x", actions=[(Markup("a"), request.path)], bare=True)
            assert f"/{number}/static/" in page
        assert len(environment._by_locale) <= environment._by_locale.size

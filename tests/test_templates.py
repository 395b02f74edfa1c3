"""Every page comes from our own templates, none from FAB's of Bootstrap 3; and what FAB ships is what ours were written against."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import flask_appbuilder
import pytest
from flask import Flask, template_rendered
from jinja2 import Template
from jinja2.environment import Environment
from jinja2.nodes import Extends, FromImport, Import, Include

from .language_crawl import list_addresses

pytestmark = pytest.mark.one_database

ROOT = Path(__file__).parent.parent
OURS = ROOT / "app"
FAB = Path(flask_appbuilder.__file__).parent / "templates"
STORED = Path(__file__).parent / "templates_of_fab.json"
TEMPLATES = sorted(OURS.rglob("*.html"))
FAB_VERSION = version("flask-appbuilder")
# Classes, hooks and addresses that only FAB's own pages have.
BOOTSTRAP_3 = re.compile(
    r"""/static/appbuilder|\bglyphicon|\bpanel-(?:default|primary|heading|body)\b|\bnavbar-(?:default|inverse|fixed-top)\b|\bbtn-default\b"""
    r"""|\bcol-xs-\d|\bimg-responsive\b|\bhidden-xs\b|\bdata-toggle=|\bdata-dismiss=|\bselect2\b|\bjquery\b|\bfa fa-|\bmy_select2\b""",
    re.IGNORECASE,
)
SCRIPT_BODY = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|<script[^>]*>\s*[^<\s]", re.IGNORECASE)
HANDLER = re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE)
STYLE = re.compile(r"<style\b|<[^>]*\sstyle\s*=", re.IGNORECASE)
FOREIGN = re.compile(r"""(?:src|href|action)\s*=\s*["']?(?:https?:)?//""", re.IGNORECASE)
# Jinja's own parts, taken out before markup is looked at: `{{ a > b }}` closes no tag.
JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
TABLE_PARTS = ("table", "thead", "tbody", "tr", "th", "td")
INLINE = {"a script's body": SCRIPT_BODY, "an on… handler": HANDLER, "a style": STYLE, "another host": FOREIGN}


@contextmanager
def record_templates(app: Flask) -> Iterator[set[str]]:
    """Collect the file of every template that a page is rendered from."""
    files: set[str] = set()

    def note(_sender: Any, template: Template, **_context: Any) -> None:
        files.add(template.filename or template.name or "?")

    with template_rendered.connected_to(note, app):
        yield files


def find_parts(environment: Environment, name: str) -> set[str]:
    """Return a template's name and those of all it extends, includes and imports."""
    found, waiting = set(), [name]
    while waiting:
        at = waiting.pop()
        if at in found:
            continue
        found.add(at)
        assert environment.loader is not None
        tree = environment.parse(environment.loader.get_source(environment, at)[0])
        for node in tree.find_all((Extends, Include, Import, FromImport)):
            value = getattr(node.template, "value", None)  # type: ignore[attr-defined]
            waiting += [value] if isinstance(value, str) else []
    return found


def locate(environment: Environment, name: str) -> Path:
    """Return the file that a template's name means to this app."""
    return Path(environment.get_template(name).filename or "")


def is_ours(path: Path) -> bool:
    """Tell whether a template lies in the app."""
    return path.is_relative_to(OURS)


def find_inline(text: str) -> list[str]:
    """Return what a template has that the content security policy refuses."""
    markup = JINJA.sub("", text)
    return [name for name, pattern in INLINE.items() if pattern.search(markup)]


def hash_templates() -> dict[str, str]:
    """Return the hash of every template that FAB ships."""
    return {
        path.relative_to(FAB).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(FAB.rglob("*")) if path.is_file()
    }


def test_every_page_of_the_url_map_comes_from_our_templates(app: Flask, sign_in: Any) -> None:
    browser, pages, stock = sign_in("chief"), 0, {}
    with record_templates(app) as files:
        for _endpoint, path in list_addresses(app, rows=1):
            answer = browser.get(path)
            if answer.mimetype != "text/html":
                continue
            pages += answer.status_code == 200
            if found := BOOTSTRAP_3.search(answer.text):
                stock[path] = found.group()
    assert pages > 60
    assert stock == {}
    assert len(files) > 8
    assert {file for file in files if not is_ours(Path(file))} == set()


def test_every_view_of_fab_names_templates_that_are_ours(app: Flask) -> None:
    views = [view for view in app.appbuilder.baseviews if hasattr(view, "template_folder")]  # type: ignore[attr-defined]
    names = {
        (type(view).__name__, value): value
        for view in views
        for attribute, value in ((name, getattr(view, name, None)) for name in dir(view) if name.endswith("_template"))
        if isinstance(value, str) and value.endswith(".html") and is_used(app, view, attribute)
    }
    assert len({view for view, _template in names}) > 10
    stock = {}
    for (view, name), _value in names.items():
        parts = find_parts(app.jinja_env, name)
        foreign = sorted(part for part in parts if not is_ours(locate(app.jinja_env, part)))
        if foreign:
            stock[f"{view}: {name}"] = foreign
    assert stock == {}


def is_used(app: Flask, view: Any, attribute: str) -> bool:
    """Tell whether a view has a route for the page that the template is for (`add_template` is nothing without `add`)."""
    page = attribute.removesuffix("_template")
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    return f"{view.endpoint}.{page}" in endpoints


def test_sign_in_and_refusals_come_from_our_templates(app: Flask, stranger: Any, sign_in: Any) -> None:
    with record_templates(app) as files:
        texts = [stranger.get("/login/").text, stranger.post("/login/", {"username": "south1", "password": "wrong"}).text]
        nobody = sign_in("nobody")
        texts += [nobody.get(path).text for path in ("/", "/customers/", "/users/list/", "/no-such-page")]
    assert len(texts) == 6
    assert [found.group() for text in texts if (found := BOOTSTRAP_3.search(text))] == []
    assert {file for file in files if not is_ours(Path(file))} == set()


def test_a_page_from_fabs_own_template_would_be_seen(app: Flask) -> None:
    with app.test_request_context("/"), record_templates(app) as files:
        app.update_template_context(context := {"msg": "x"})
        template = app.jinja_env.get_template("appbuilder/general/widgets/list_thumbnail.html")
        template_rendered.send(app, template=template, context=context)
    assert [is_ours(Path(file)) for file in files] == [False]
    seen = [name for name in hash_templates() if BOOTSTRAP_3.search((FAB / name).read_text(encoding="utf-8"))]
    assert len(seen) > 20


def test_what_fab_ships_is_what_our_templates_were_written_against() -> None:
    stored, shipped = json.loads(STORED.read_text(encoding="utf-8")), hash_templates()
    changed = {
        "version": [stored["version"], FAB_VERSION] if stored["version"] != FAB_VERSION else [],
        "new": sorted(shipped.keys() - stored["templates"].keys()),
        "gone": sorted(stored["templates"].keys() - shipped.keys()),
        "changed": sorted(name for name, value in stored["templates"].items() if shipped.get(name, value) != value),
    }
    assert not any(changed.values()), (
        f"Flask-AppBuilder's templates differ from those that app/templates was written against: {changed}. "
        "Compare them with ours, then store theirs: python -m tests.test_templates"
    )
    assert len(shipped) > 50


def count_open_parts(text: str) -> dict[str, int]:
    """Return of which parts of a table more are opened than closed, and by how many."""
    markup = JINJA.sub("", text)
    counts = {part: len(re.findall(rf"<{part}\b", markup)) - markup.count(f"</{part}>") for part in TABLE_PARTS}
    return {part: count for part, count in counts.items() if count}


def test_every_part_of_a_table_is_closed_but_for_the_rows_of_lists() -> None:
    left = {path.name: found for path in TEMPLATES if (found := count_open_parts(path.read_text(encoding="utf-8")))}
    assert left == {"_listing.html": {"tr": 1, "th": 1, "td": 1}}  # which says why; the other cells are put together in base/page_data


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(OURS).as_posix())
def test_no_template_has_inline_script_handler_or_style(path: Path) -> None:
    assert find_inline(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<script>go()</script>", ["a script's body"]),
        ('<script src="/a.js">go()</script>', ["a script's body"]),
        ('<script defer src="{{ asset("a.js") }}"></script>', []),
        ('<a href="/" onclick="go()">x</a>', ["an on… handler"]),
        ('<p {{ a if b > c }} style="color: red">', ["a style"]),
        ("<style>p {}</style>", ["a style"]),
        ('<img src="//cdn.example/x.png">', ["another host"]),
        ('<p class="one" data-on="x">on = 1, style = 2</p>', []),
    ],
)
def test_the_search_for_inline_parts_sees_them(text: str, found: list[str]) -> None:
    assert find_inline(text) == found


if __name__ == "__main__":
    STORED.write_text(json.dumps({"version": FAB_VERSION, "templates": hash_templates()}, indent=1) + "\n", encoding="utf-8")

"""The page of components (/_face): in demos and tests only, with every macro of the small parts, in both themes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.core.web import face
from config import make_settings

from .conftest import Databases, make_test_settings

APP = Path(__file__).parent.parent / "app"
TEMPLATES = APP / "templates" / "ui"
# Templates whose macros are small parts of any page: each of them is to be seen on the page.
KITS = ("macros", "frame", "figures")
CLASS = re.compile(r"\.([a-zA-Z][\w-]*)")
# Classes that templates put together from a word and a value, and those that Tom Select brings.
COMPOSED = re.compile(r"(?:st|ground|tone|fill|part|swatch|note|avatar|wide|ts|by)-[\w-]+|has-items|plugin-remove_button")
MACRO = re.compile(r"\{%-? macro (\w+)\(")


def find_unshown(kit: str, shown: str) -> list[str]:
    """Return the macros of a template that no group of the page calls."""
    macros = MACRO.findall((TEMPLATES / f"{kit}.html").read_text(encoding="utf-8"))
    return [name for name in macros if not re.search(rf"\b(?:call )?{name}\(", shown)]


def find_classes(style: str) -> set[str]:
    """Return the classes that a style sheet's selectors name."""
    bare = re.sub(r"/\*.*?\*/|url\([^)]*\)", "", style, flags=re.DOTALL)
    return {name for selector in re.findall(r"([^{};]+)\{", bare) for name in CLASS.findall(selector)}


def read_users() -> str:
    """Return the text of all that gives elements a class: templates, scripts and code."""
    paths = [*APP.rglob("*.html"), *(APP / "face" / "js").glob("*.js"), *APP.rglob("*.py")]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def read_groups(app: Flask) -> str:
    """Return the text of every group of components."""
    return "\n".join((TEMPLATES / "face" / f"{name}.html").read_text(encoding="utf-8") for name in face.list_groups(app))


@pytest.mark.parametrize("kit", KITS)
def test_every_small_part_is_on_the_page(app: Flask, kit: str) -> None:
    assert find_unshown(kit, read_groups(app)) == []


def test_a_part_left_out_would_be_seen(app: Flask) -> None:
    assert find_unshown("macros", read_groups(app).replace("badge(", "")) == ["badge"]


def test_the_page_shows_each_group_in_both_themes_or_in_one(app: Flask, sign_in: Any) -> None:
    groups = face.list_groups(app)
    assert len(groups) >= 5
    browser = sign_in("nobody")
    page, dark = (browser.get(address).text for address in ("/_face", "/_face?theme=dark"))
    for group in groups:
        assert f'id="{group}-name"' in page
    assert page.count('class="face-theme" data-bs-theme="light"') == page.count('class="face-theme" data-bs-theme="dark"') == len(groups)
    assert dark.count('class="face-theme"') == dark.count('class="face-theme" data-bs-theme="dark"') == len(groups)


def test_strangers_are_asked_to_sign_in(stranger: Any) -> None:
    assert "/login/" in stranger.get("/_face").location


def test_where_people_work_there_is_no_such_page(databases: Databases) -> None:
    assert not make_settings({"DATA_DIR": str(databases.folder)})["FACE_PAGE"]
    assert make_settings({"DATA_DIR": str(databases.folder)}, demo=True)["FACE_PAGE"]
    desk = create_app(make_test_settings(databases.folder, databases.url) | {"FACE_PAGE": False})
    assert desk.test_client().get("/_face").status_code == 404


def test_the_style_has_no_class_that_nothing_wears() -> None:
    style = "\n".join(path.read_text(encoding="utf-8") for path in sorted((APP / "face" / "css").glob("*.css")))
    worn = set(re.findall(r"[\w-]+", read_users()))
    assert {name for name in find_classes(style) - worn if not COMPOSED.fullmatch(name)} == set()
    assert find_classes(".old-look > b:hover { color: red } /* .gone */ @media print { .seg { margin: 1.5px } }") == {"old-look", "seg"}

"""What a package does not promise is used only where docs/PRIVATE_API.md says so, and an upgrade that changes it is told in words."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.core.web.modules import discover

from .private_api import of_fab, of_flask, of_sqlalchemy
from .private_api.uses import ROOT, read_list

pytestmark = pytest.mark.one_database

discover("app")  # so that every class is known
ROWS = read_list()
LISTED = frozenset().union(*(row.names for row in ROWS.values()))
USES = {use.what: use for use in (*of_sqlalchemy.USES, *of_flask.USES, *of_fab.USES)}
FILES = sorted(path for path in (ROOT / "app").rglob("*.py") if "migrations" not in path.parts)
# What the desk itself keeps on Flask's `g` for the length of a request.
OURS_ON_G = {"_csrf_field", "_may_retry", "_page_token", "_shown", "_submission_key", "_submission_noted", "_viewer"}
# Calls whose first or second argument names an attribute or a key.
NAMING_CALLS = {"get", "pop", "setdefault", "getattr", "setattr", "hasattr", "delattr"}
# Written by the metaclasses of SQLAlchemy, WTForms and marshmallow, not by us.
MADE_BY_METACLASSES = {"_abc_impl", "_declared_fields", "_hooks", "_sa_class_manager", "_sa_registry", "_unbound_fields", "_wtforms_meta"}


@pytest.mark.parametrize("what", ROWS)
def test_what_is_not_promised_is_still_there(desk: Flask, what: str) -> None:
    complaint = USES[what].find_complaint(desk)
    assert complaint is None, ROWS[what].explain(complaint)


@pytest.mark.parametrize("what", USES)
def test_a_change_would_be_told_in_words(desk: Flask, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    USES[what].upset(monkeypatch, desk)
    complaint = USES[what].find_complaint(desk)
    assert complaint, f"the check of {what} does not notice that it is gone"
    told = ROWS[what].explain(complaint)
    assert what in told and "docs/PRIVATE_API.md" in told and all(file in told for file in ROWS[what].files)


def test_the_list_and_the_checks_are_about_the_same() -> None:
    parts = (of_sqlalchemy, of_flask, of_fab)
    assert set(ROWS) == set(USES) and len(ROWS) == sum(len(part.USES) for part in parts)
    places = {use.what: Path(part.__file__) for part in parts for use in part.USES}
    assert {row.what: row.checks for row in ROWS.values()} == {what: file.relative_to(ROOT).as_posix() for what, file in places.items()}


def test_the_list_names_the_versions_that_are_installed() -> None:
    """Who upgrades goes through the lines of the package, and then writes its version here."""
    pinned = dict(re.findall(r"(?m)^([\w.-]+)(?:\[\w+\])?==(\S+)$", (ROOT / "requirements.txt").read_text(encoding="utf-8")))
    for row in ROWS.values():
        assert pinned[row.package] == version(row.package) == row.written_against, row.explain("requirements.txt names another version")


def test_every_line_names_files_that_use_it_and_says_why() -> None:
    for row in ROWS.values():
        assert row.files and len(row.why) > 20, row.what
        for file in row.files:
            source = (ROOT / file).read_text(encoding="utf-8")
            assert row.is_used_in(source), f"{file} no longer uses {row.what}: take it off the list"


# -- nothing else is used ------------------------------------------------------------------------------------------------


def is_private(name: str) -> bool:
    """Tell whether a name says that it is not for others."""
    return name.startswith("_") and not name.startswith("__") and name != "_"


def list_ours(trees: list[ast.AST]) -> set[str]:
    """Return the private names that the app gives to something of its own: functions, classes, attributes of self, variables."""
    found = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and getattr(node.value, "id", "") in ("self", "cls"):
            found.add(node.attr)
    return {name for name in found if is_private(name)}


def list_used(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield (line, name) of every private attribute, key and import that a file uses."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.lineno, node.attr
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((node.lineno, name) for name in [*(node.module or "").split("."), *(alias.name for alias in node.names)])
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in NAMING_CALLS:
            yield from ((node.lineno, one.value) for one in node.args[:2] if isinstance(one, ast.Constant) and isinstance(one.value, str))
        elif isinstance(node, ast.Subscript | ast.Assign):
            value = node.slice if isinstance(node, ast.Subscript) else node.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield node.lineno, value.value


def find_foreign(path: Path, tree: ast.AST, ours: set[str]) -> set[str]:
    """Return what a file uses of others' private names, as “file:line name”."""
    name = path.relative_to(ROOT).as_posix()
    return {f"{name}:{line} {one}" for line, one in list_used(tree) if one.isidentifier() and is_private(one) and one not in ours}


def test_no_private_attribute_is_used_that_is_not_listed() -> None:
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
    ours = list_ours([*trees.values()]) | OURS_ON_G
    found = set().union(*(find_foreign(path, tree, ours) for path, tree in trees.items()))
    assert len(found) >= 5
    assert {one for one in found if one.split()[1] not in LISTED} == set(), "list it in docs/PRIVATE_API.md with a check, or do without"


@pytest.mark.parametrize(
    "source",
    [
        "statement._raw_columns", "self._form_fields.clear()", "g._flask_babel = 1", "from jinja2.utils import _PassArg",
        "getattr(row, '_sa_instance_state')", "session['_fresh']", "session.pop('_fresh')", "KEY = '_fresh'",
        "from werkzeug._internal import get_environ",
    ],
)  # fmt: skip
@pytest.mark.slow
def test_a_new_use_would_be_noticed(source: str) -> None:
    ours = list_ours([ast.parse(path.read_text(encoding="utf-8")) for path in FILES]) | OURS_ON_G
    assert find_foreign(ROOT / "app/x.py", ast.parse(source), ours | LISTED)


# Values that Flask's documentation lets one set.
OPEN_TO_ALL = {"g", "request", "session"}


def find_set_on_imports(path: Path, tree: ast.AST) -> set[str]:
    """Return the attributes that a file sets on what it imports from a package, as “file:line name”."""
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if (isinstance(node, ast.ImportFrom) and not node.level) or isinstance(node, ast.Import)
        for alias in node.names
    } - OPEN_TO_ALL
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            root: ast.expr = node
            while isinstance(root, ast.Attribute | ast.Subscript):
                root = root.value
            if isinstance(root, ast.Name) and root.id in imported:
                found.add(f"{path.relative_to(ROOT).as_posix()}:{node.lineno} {node.attr}")
    return found


def test_nothing_is_set_on_a_package_that_is_not_listed() -> None:
    found = set().union(*(find_set_on_imports(path, ast.parse(path.read_text(encoding="utf-8"))) for path in FILES))
    assert {one.split()[1] for one in found} == {"enable_typechecks"}  # listed: SQLAlchemy
    assert find_set_on_imports(ROOT / "app/x.py", ast.parse("from flask_appbuilder import views\nviews.ModelView.list = None"))


def test_what_the_desk_keeps_on_g_is_kept_there() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in FILES)
    assert {name for name in OURS_ON_G if f"g.{name}" not in source and f'g.setdefault("{name}"' not in source} == set()


def list_our_classes() -> set[type[Any]]:
    """Return every class of the app."""
    modules = [module for name, module in sys.modules.items() if name == "app" or name.startswith("app.")]
    return {one for module in modules for one in vars(module).values() if inspect.isclass(one) and one.__module__.startswith("app")}


def find_overrides(cls: type[Any]) -> set[str]:
    """Return the private methods and attributes of foreign bases that a class of ours, or a mixin of it, has in their place."""
    found, lineage = set(), cls.__mro__
    for place, base in enumerate(lineage):
        if not base.__module__.startswith("app"):
            continue
        for name in filter(is_private, vars(base)):
            owners = [one for one in lineage[place + 1 :] if not one.__module__.startswith("app") and name in vars(one)]
            if owners and owners[0].__module__ not in ("enum", "typing") and name not in MADE_BY_METACLASSES:
                found.add(f"{base.__module__}.{base.__qualname__}.{name}")
    return found


def test_no_private_method_is_overridden_that_is_not_listed() -> None:
    found = set().union(*(find_overrides(cls) for cls in list_our_classes()))
    assert len(found) >= 8
    assert {one for one in found if one.rsplit(".", 1)[1] not in LISTED} == set(), "list it in docs/PRIVATE_API.md with a check"


def test_a_new_override_would_be_noticed() -> None:
    new = type("New", (of_fab.ModelView,), {"_init_titles": lambda self: None, "__module__": "app.x"})
    assert find_overrides(new) == {"app.x.New._init_titles"}

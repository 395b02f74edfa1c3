"""Every rule of every module has its table here."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import app

RULES = sorted(Path(app.__file__).parent.rglob("rules.py"))


def list_functions(path: Path) -> set[str]:
    """Return the public functions of a file."""
    return {node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")}


def list_named(path: Path) -> set[str]:
    """Return the names that a test takes from `rules`."""
    nodes = ast.walk(ast.parse(path.read_text()))
    return {
        node.attr for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "rules"
    }


@pytest.mark.whole_desk
def test_every_rule_has_its_table() -> None:
    here = Path(__file__).parent
    assert len(RULES) >= 8
    for path in RULES:
        table = here / f"test_{path.parent.name}.py"
        assert list_functions(path) - list_named(table) == set(), path.parent.name

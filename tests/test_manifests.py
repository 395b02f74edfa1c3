"""Modules are plugged in by their manifests alone, and what models and manifests declare is checked when the app is made."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.core.access.checks import check_policies
from app.core.access.mixins import Owned
from app.core.access.policy import Link, OwnedPolicy, Policy, PolicyError
from app.core.base.registry import Registry
from app.core.forms.lookups import Lookup
from app.core.web.binding import bind
from app.core.web.modules import Module, discover
from app.core.writes.gate import GUARDS, guards_of
from app.core.writes.numbering import NumberSeries
from app.core.writes.option_sets import Choice
from app.customers.models import Contact, Customer

from .test_architecture import APP, FILES, name_of, read

# Runs in a process of its own: whatever another test has made an app of is bound already.
IMPORT_EVERYTHING = """
import importlib, pkgutil, app
for found in pkgutil.walk_packages(app.__path__, "app."):
    if ".migrations" not in found.name:
        importlib.import_module(found.name)
from app.core.base.registry import Registry
print({registry.name: len(registry) for registry in Registry.every if len(registry)}, len(Registry.every))
"""


def test_importing_every_file_registers_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_EVERYTHING], cwd=APP.parent, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["{}", str(len(Registry.every))]


def test_every_registry_is_filled_by_the_manifests(app: Flask) -> None:
    """None is left over that nothing is offered to, and the binding reaches each."""
    assert [registry.name for registry in Registry.every if not len(registry)] == []


def list_registries() -> set[str]:
    """Return the names under which the core's registries stand."""
    return {
        node.target.id
        for file in FILES
        for node in read(file).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and "Registry[" in ast.unparse(node.annotation)
    }


def test_nothing_but_the_binding_fills_a_registry() -> None:
    made = list_registries()
    assert len(made) == len(Registry.every)
    filled = [
        (name_of(path), node.lineno)
        for path in FILES
        if name_of(path) != "core/web/binding.py"
        for node in ast.walk(read(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add"
        if ast.unparse(node.func.value).rpartition(".")[2] in made
    ]
    assert filled == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_runs_nothing_when_it_is_imported(path: Path) -> None:
    """No bare call at the top of a file: what it makes it names, and what it registers it registers in a function."""
    calls = [node.lineno for node in read(path).body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]
    assert calls == []


def test_binding_twice_changes_nothing(app: Flask) -> None:
    before = {registry.name: len(registry) for registry in Registry.every}
    bind(discover("app"))
    assert {registry.name: len(registry) for registry in Registry.every} == before


def test_own_guards_run_before_those_of_downstream_modules(app: Flask) -> None:
    owners = [guard.__module__.split(".")[1] for guard in guards_of(Customer)]
    assert owners[0] == "customers" and "contracts" in owners
    assert owners == sorted(owners, key=lambda name: name != "customers")
    assert sum(1 for guard in GUARDS.all_of(Customer) if guard.__name__ == "guard_customer") == 1


def test_every_package_with_screens_has_a_manifest() -> None:
    folders = {path.parent.name for path in APP.glob("*/views.py")} | {path.parent.name for path in APP.glob("*/guards.py")}
    assert {path.parent.name for path in APP.glob("*/module.py")} >= folders
    assert {module.name for module in discover("app")} == {path.parent.name for path in APP.glob("*/module.py")}


def bind_with(**changes: Any) -> None:
    """Bind the desk with one manifest that adds this."""
    bind([*discover("app"), Module(name="stray", **changes)])


@pytest.mark.parametrize(
    "changes",
    [
        {"timeline": [("Custommers", lambda item: [])]},
        {"rail": [("Custommers", lambda item: None)]},
        {"buttons": [("Custommers", lambda item: [])]},
        {"composers": [("Custommers", None)]},
        {"card_lines": [("signed-custommers", lambda row: {})]},
        {"grants": {"Salesperson": {"Custommers": ("can_list",)}}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_misspelt_name_in_a_manifest_stops_the_start(app: Flask, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]) -> None:
    for registry in Registry.every:  # what the stray manifest offers is not kept for the tests that follow
        copy: dict[Any, list[Any]] = defaultdict(list, {key: list(offers) for key, offers in registry._offers.items()})
        monkeypatch.setattr(registry, "_offers", copy)
    with pytest.raises(PolicyError, match=r"'stray' adds .*ustommers"):
        bind_with(**changes)


def test_a_second_lookup_of_a_name_stops_the_start(app: Flask) -> None:
    other = replace(next(iter(discover("app")[0].lookups), Lookup("customers", Customer, [], lambda text: [], ())), name="customers")
    with pytest.raises(ValueError, match="lookups: 'customers' is there already"):
        bind_with(lookups=[other])


def check(model: type[Any], *, modules: Any = ("Customers", "Lists"), sets: Any = ("industry",), series: Any = ("customer",)) -> None:
    """Check one model among those it hangs on."""
    check_policies([model, Customer] if model.__name__ != "Customer" else [model], modules=modules, option_sets=sets, series=series)


FULL = {"modules": ("Customers",), "sets": ("industry", "region", "source"), "series": ("customer",)}
POLICY = Contact.policy


def list_faults() -> Iterator[tuple[str, Any, str]]:
    """Yield (what is wrong, the policy, what the error says)."""
    yield "no policy", None, "must be OwnedPolicy"
    yield "the plain kind", Policy(module="Customers"), "must be OwnedPolicy"
    yield "a column that is not there", replace(POLICY, frozen=("custommer_id",)), "'custommer_id'"
    yield "a state that is not there", replace(POLICY, assigned={"owner_id": ("stat", ("open",))}), "'stat'"
    yield "a root that is not there", replace(POLICY, root=Link("customer_id", "Custommer")), "'Custommer'"
    yield "a root of nobody's", replace(POLICY, root=Link("customer_id", "Contact2")), "'Contact2'"
    yield "a parent alone", replace(POLICY, root=None, parent=Link("customer_id", "Customer")), "no root"
    yield "a module that is not there", replace(POLICY, module="Custommers"), "'Custommers'"
    yield "a list that is not there", replace(POLICY, option_sets={"name": "industri"}), "'industri'"
    yield "a series that is not there", replace(POLICY, number="custommer"), "'custommer'"


@pytest.mark.parametrize(
    ("policy", "says"), [(policy, says) for _, policy, says in list_faults()], ids=[name for name, *_ in list_faults()]
)
def test_what_a_policy_says_wrongly_stops_the_start(monkeypatch: pytest.MonkeyPatch, policy: Any, says: str) -> None:
    check(Contact, **FULL)
    if policy is None:
        monkeypatch.delattr(Contact, "policy")
    else:
        monkeypatch.setattr(Contact, "policy", policy)
    with pytest.raises(PolicyError, match=f"Contact: .*{says}"):
        check(Contact, **FULL)


def test_a_mark_that_nobody_reads_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Contact, "__acces__", "Customers", raising=False)
    with pytest.raises(PolicyError, match="Contact: __acces__ is no mark"):
        check(Contact, **FULL)


def test_an_unknown_term_of_a_policy_is_an_error_in_the_class_it_stands_in() -> None:
    with pytest.raises(TypeError, match="shared_key"):
        OwnedPolicy(module="Customers", shared_key="id")  # type: ignore[call-arg]  # that is the mistake


def test_every_default_is_the_strictest() -> None:
    """Nothing is shared, nothing goes to the bin with its root unasked, and adding a child needs the right to edit the parent."""
    plain = OwnedPolicy(module="Customers")
    assert plain.share_key is None and plain.goes_with_root is False and plain.writes_parent is False and plain.handed_over is True
    assert plain.parent_actions == ("can_edit",)
    assert plain.field_actions == {} and plain.write_actions == {"add": "can_add", "edit": "can_edit", "delete": "can_delete"}
    assert all(plain.is_tracked(name) for name in ("owner_id", "department_id", "name"))
    assert NumberSeries.policy.is_tracked("pattern") and not Choice.policy.is_tracked("row_version")
    assert issubclass(Customer, Owned)

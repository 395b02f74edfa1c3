"""After random histories every surface shows each person exactly what a plain-Python oracle of the scope says.

Lists (all pages, any order), record pages, tabs, search, pickers, exports, REST lists and records, and the workbench's
figures. Whether a write is refused is compared as well.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from app.core.access import scope
from app.core.access.viewer import Viewer, as_system
from app.core.base import caches, clock
from app.core.forms import lookups
from app.core.lists import base as list_base
from app.core.lists import query
from app.core.sharing import shares
from app.core.views.rest import ApiInterface
from app.core.writes import roots
from app.staff import guards as staff_guards

from .oracle import MODULES, PICK, Oracle, Record
from .random_history import WORDS, History
from .surfaces import SIZE, Eyes, list_sorts

Spoil = Callable[[pytest.MonkeyPatch], None]
SAMPLE = 3  # records of each module, in reach and out of it, that are opened one by one


@pytest.fixture(autouse=True)
def _ticking(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let every step of a history happen in a second of its own: what is deleted together is told by its second."""
    steps, real = [0], clock.now

    def now() -> datetime:
        return real() + timedelta(seconds=steps[0])

    monkeypatch.setattr(clock, "now", now)
    return steps


@pytest.fixture(autouse=True)
def _short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "PAGE_SIZES", (SIZE, *query.PAGE_SIZES))
    monkeypatch.setattr(lookups, "PAGE", SIZE)


def compare(app: Flask, history: History, person: int) -> tuple[list[str], int]:
    """Return where a person sees otherwise than the oracle says, and how many answers were compared."""
    oracle, eyes, chance = history.oracle, Eyes(app, person), history.random
    found: list[tuple[str, Any, Any]] = []
    for module in MODULES:
        found += _compare_module(oracle, eyes, module, chance)
        found += _compare_records(oracle, eyes, module, chance)
    found += _compare_pickers(oracle, eyes, chance)
    found += _compare_figures(oracle, eyes)
    roles = sorted(oracle.roles_of(person))
    return [f"{person} {roles} {name}: got {got}, oracle says {wanted}" for name, got, wanted in found if got != wanted], len(found)


def _compare_module(oracle: Oracle, eyes: Eyes, module: str, chance: random.Random) -> list[tuple[str, Any, Any]]:
    may, seen = oracle.may(eyes.person, "list", module), oracle.seen(eyes.person, module)
    word = chance.choice(WORDS)
    rows = {key: oracle.records[module, key] for key in seen}
    wanted = (sorted(seen), len(seen)) if may else None
    matching = sorted(key for key, row in rows.items() if row.word == word)
    labels = sorted(row.label[:59] for row in rows.values()) if may else None
    exported = eyes.export(module)
    return [
        (f"{module} list", _sorted(eyes.list(module, f"size={SIZE}&sort={chance.choice(list_sorts(eyes.app, module))}")), wanted),
        (f"{module} search {word}", _sorted(eyes.list(module, f"q={word}&size=100")), (matching, len(matching)) if may else None),
        (f"{module} export", sorted(label[:59] for label in exported) if exported is not None else None, labels),
        (f"{module} REST", _sorted(eyes.resource(module)), wanted),
    ]


def _sorted(answer: tuple[list[int], int] | None) -> tuple[list[int], int] | None:
    """Return ids in order, doubles kept: no page may show a row twice."""
    return None if answer is None else (sorted(answer[0]), answer[1])


def _compare_records(oracle: Oracle, eyes: Eyes, module: str, chance: random.Random) -> list[tuple[str, Any, Any]]:
    seen = oracle.seen(eyes.person, module)
    foreign = sorted({row.id for row in oracle.records.values() if row.module == module} - seen)
    found: list[tuple[str, Any, Any]] = []
    for rows, is_mine in ((sorted(seen), True), (foreign, False)):
        for key in chance.sample(rows, min(SAMPLE, len(rows))):
            found += [(f"{module} {key} {name}", got, is_mine) for name, got in eyes.opens(module, key).items()]
            if module == "Customers":
                found.append((f"tabs of customer {key}", eyes.tabs(key), _list_children(oracle, eyes.person, key, is_mine=is_mine)))
    return found


def _list_children(oracle: Oracle, person: int, customer: int, *, is_mine: bool) -> dict[str, set[int]]:
    children = oracle.children(oracle.records["Customers", customer]) if is_mine else []
    found: dict[str, set[int]] = {module: set() for module in MODULES if module != "Customers"}
    for row in children:
        if row.id in oracle.seen(person, row.module):
            found[row.module].add(row.id)
    return found


def _compare_pickers(oracle: Oracle, eyes: Eyes, chance: random.Random) -> list[tuple[str, Any, Any]]:
    person = eyes.person

    def pick(actions: set[str], test: Callable[[Record], bool], module: str = "Customers", *, writes: bool = False) -> set[int] | None:
        if not any(oracle.may(person, action, module) for action in actions):
            return None
        return {row.id for row in oracle.living(module) if test(row) and oracle.reaches(person, row, actions, writes=writes)}

    def is_signed(row: Record) -> bool:
        return row.stage == "signed"

    parent = chance.choice(sorted({row.root for row in oracle.living("Contracts")}))
    return [
        ("picker customers", eyes.picker("customers"), pick({"list", "show"}, lambda row: True)),
        ("picker signed-customers", eyes.picker("signed-customers"), pick(PICK, is_signed)),
        ("picker contract-customers", eyes.picker("contract-customers"), pick({"edit"}, is_signed, writes=True)),
        ("picker contracts-of", eyes.picker("contracts-of", f"parent={parent}"), pick(PICK, lambda row: row.root == parent, "Contracts")),
    ]


def _compare_figures(oracle: Oracle, eyes: Eyes) -> list[tuple[str, Any, Any]]:
    got, found = eyes.figures(), []
    for module, name, stage in (("Customers", "Signed customers", "signed"), ("Tickets", "Open tickets", "")):
        seen = [key for key in oracle.seen(eyes.person, module) if oracle.records[module, key].stage == stage]
        found.append((f"figure {name}", got.get(name), len(seen) if oracle.may(eyes.person, "list", module) else None))
    return found


def play(app: Flask, ticking: list[int], seed: int, *, rounds: int, steps: int, viewers: int) -> tuple[list[str], int]:
    """Let a history happen; after every few steps compare what some people see. Return the differences and their number."""
    history = History(app, seed)
    compared = 0
    for _ in range(rounds):
        for _ in range(steps):
            ticking[0] += 2
            history.step()
            if history.wrong:
                return [*history.wrong, *history.told], compared
        for person in history.random.sample(sorted(history.oracle.people), viewers):
            wrong, count = compare(app, history, person)
            compared += count
            if wrong:
                return [*wrong, *history.told], compared
    return [], compared


@pytest.mark.whole_desk
@pytest.mark.parametrize("seed", [1, 2])
def test_every_surface_agrees_with_the_oracle(app: Flask, _ticking: list[int], seed: int) -> None:
    wrong, compared = play(app, _ticking, seed, rounds=2, steps=12, viewers=3)
    assert wrong == []
    assert compared > 200


@pytest.mark.slow
@pytest.mark.parametrize("seed", [101, 103])
def test_every_surface_agrees_with_the_oracle_for_longer(app: Flask, _ticking: list[int], seed: int) -> None:
    wrong, compared = play(app, _ticking, seed, rounds=4, steps=20, viewers=5)
    assert wrong == []
    assert compared > 700


real_condition, real_criteria, real_query = scope.make_condition, scope._criteria, ApiInterface.query


def forget_the_tree(patch: pytest.MonkeyPatch) -> None:
    """Let a manager reach the own department and none below it."""

    def make(model: type[Any], viewer: Viewer, actions: tuple[str, ...], **how: Any) -> Any:
        profile = viewer.profile
        if profile is not None:
            viewer = replace(viewer, profile=replace(profile, tree=frozenset({profile.department_id} - {None})))
        return real_condition(model, viewer, actions, **how)

    patch.setattr(scope, "make_condition", make)


def show_everything(patch: pytest.MonkeyPatch) -> None:
    """Narrow nothing."""
    patch.setattr(scope, "make_condition", lambda *_args, **_how: None)


def show_the_bin(patch: pytest.MonkeyPatch) -> None:
    """Leave the bin's condition out."""
    patch.setattr(scope, "_criteria", lambda viewer, *, pick, with_bin: real_criteria(viewer, pick=pick, with_bin=True))


def ignore_shares(patch: pytest.MonkeyPatch) -> None:
    """Let a share reach nothing."""
    patch.setattr(scope, "_find_shares", lambda *_args, **_how: [])


def lend_for_ever(patch: pytest.MonkeyPatch) -> None:
    """Take nothing back that was shared."""
    patch.setattr(shares, "revoke", lambda *_args: 0)


def leave_children_behind(patch: pytest.MonkeyPatch) -> None:
    """Give a customer away without what hangs on it."""
    patch.setattr(roots, "_follow", lambda *_args: None)


def leave_rows_behind(patch: pytest.MonkeyPatch) -> None:
    """Move a person without the rows of theirs."""
    patch.setattr(staff_guards, "_move_rows", lambda *_args: None)


def keep_old_grants(patch: pytest.MonkeyPatch) -> None:
    """Go on with the conditions kept from before, whatever roles and shares a person has now."""
    patch.setattr(scope, "_key_of", lambda viewer, *, pick, with_bin: (viewer.id, viewer.is_system, pick, with_bin))


def open_rest(patch: pytest.MonkeyPatch) -> None:
    """Let the lists of REST alone read as the system."""

    def query(self: Any, *args: Any, **how: Any) -> Any:
        with as_system():
            return real_query(self, *args, **how)

    patch.setattr(ApiInterface, "query", query)


def search_for_nothing(patch: pytest.MonkeyPatch) -> None:
    """Let a search find every row."""
    patch.setattr(list_base, "match_words", lambda *_args: [])


BROKEN = [show_everything, show_the_bin, ignore_shares, open_rest, search_for_nothing]
BROKEN_SLOW = [forget_the_tree, lend_for_ever, leave_children_behind, leave_rows_behind, keep_old_grants]
CASES = [*BROKEN, *(pytest.param(spoil, marks=pytest.mark.slow) for spoil in BROKEN_SLOW)]


@pytest.mark.parametrize("spoil", CASES, ids=lambda spoil: spoil.__name__)
@pytest.mark.slow
def test_a_scope_that_is_wrong_would_be_noticed(app: Flask, _ticking: list[int], monkeypatch: pytest.MonkeyPatch, spoil: Spoil) -> None:
    spoil(monkeypatch)
    caches.clear_data()
    wrong, _compared = play(app, _ticking, 1, rounds=8, steps=30, viewers=4)
    assert wrong != []

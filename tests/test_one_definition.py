"""One definition of each field: whatever the door, the same verdict and the same sentence. Values are made from the definitions."""

from __future__ import annotations

import html
from typing import Any

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import Group
from flask_babel import force_locale

from app.activities.models import Activity
from app.contracts.models import Contract
from app.core.access.scope import owned_models
from app.core.access.viewer import as_system
from app.core.base.errors import RuleViolation
from app.core.sharing.shares import Share
from app.core.writes.columns import rules_of
from app.core.writes.fields import FieldRule
from app.core.writes.numbering import IssuedNumber
from app.customers.models import Customer
from app.extensions import db
from app.tickets.models import TicketComment

from .conftest import Browser
from .factories import World
from .odd_values import UNTYPED, Case, Odd, SentForm, hear_page, list_fields, list_forms, make_odd, open_case
from .test_every_module import BASES

ENGLISH = {"Accept-Language": "en"}
EDITED = [base for base in BASES if base not in ("handover", "cases")]  # which are run, never edited


def hear_rule(app: Flask, rule: FieldRule, odd: Odd) -> str | None:
    """Return what the definition itself says of a value; None when it takes it."""
    with app.test_request_context(), force_locale("en"):
        try:
            rule.check(rule.read(odd.text) if odd.typed is UNTYPED else odd.typed, is_asked=not rule.is_derived)
        except RuleViolation as refusal:
            return str(refusal)
    return None


def hear_doors(case: Case, name: str, key: str, odd: Odd) -> dict[str, str | None]:
    """Return what each door that the field has says of a value."""
    heard: dict[str, str | None] = {}
    if odd.typed is not UNTYPED:
        heard["session"] = case.by_session(key, odd.typed)
    if name in case.view.edit_columns:
        heard["form"] = case.by_form(name, odd.text)
    if case.api is not None and key in case.api.edit_columns:
        plain = isinstance(odd.typed, str | int | None) and odd.typed is not UNTYPED
        heard["REST"] = case.by_rest(key, odd.typed if plain else odd.text)
    return heard


def find_differences(case: Case, *, slow: bool) -> list[str]:
    """Try every field of a screen; return where the doors differ from each other, or from the definition's refusal."""
    found = []
    for name, key, rule in list_fields(case):
        case.restore()
        if key == "next_step_at":  # a time without a day is refused, whatever it is
            assert case.by_form("next_step_on", "2030-01-02") is None
        for odd in make_odd(rule):
            if odd.is_slow is not slow:
                continue
            heard, said = hear_doors(case, name, key, odd), hear_rule(case.app, rule, odd)
            if len(set(heard.values())) > 1 or (said is not None and set(heard.values()) - {said}):
                found.append(f"{name} {odd.text[:20]!r} ({len(odd.text)}): definition {said!r}, {heard}")
    return found


def add_group(app: Flask) -> None:
    with app.app_context(), as_system("import"):
        db.session.add(Group(name="Pickers", label="", description=""))
        db.session.commit()


@pytest.mark.parametrize("slow", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("base", EDITED)
def test_every_door_says_the_same_of_every_field(app: Flask, world: World, base: str, slow: bool) -> None:
    if base == "groups":
        add_group(app)
    case = open_case(app, world, base)
    assert len(list_fields(case)) >= 1
    assert find_differences(case, slow=slow) == []


# -- dialogs and the forms in tabs: found on the pages themselves --------------------------------------------------------

OF_PARTS = {"comment": TicketComment, "share": Share, "purge": IssuedNumber}  # by address: forms of something that hangs on the record
CHOSEN = ("status", "staff", "access", "contact")  # not typed, but picked from what is offered
PAGES = [
    ("/customers/show/{signed}", "south1"), ("/contracts/show/{contract}", "south1"), ("/activities/show/{activity}", "south1"),
    ("/tickets/show/{ticket}", "service1"), ("/bin/?kind=customer", "chief"),
]  # fmt: skip


def open_page(world: World, path: str) -> str:
    """Return the address of a page of south1's records."""
    return path.format(**{name: getattr(world, name)["south1"] for name in ("signed", "contract", "activity", "ticket")})


def find_part(form: SentForm, path: str) -> Any:
    """Return the model of which a form's fields are."""
    models = {model.__tablename__: model for model in owned_models()}
    base, action = path.split("/")[1], form.action.split("/")[2]
    if action == "compose":
        return Activity if base == "customers" else TicketComment
    return OF_PARTS.get(action) or next(model for name, model in models.items() if f"/{name}" in f"/{base}".replace("ies", "y"))


def send(browser: Browser, form: SentForm, name: str, text: str) -> str | None:
    """Send a form with this value in it; return the sentence at the field when it is refused, with what was typed still in it."""
    answer = browser.client.post(form.action, data={**form.values, name: text})
    if answer.status_code == 302:
        return None
    assert answer.status_code == 422, (form.action, name, answer.status_code)
    assert name in CHOSEN or text in html.unescape(answer.text), "what was typed is gone"
    return hear_page(answer.text, form.prefix + name)


@pytest.mark.parametrize(("path", "person"), PAGES)
def test_every_dialog_says_what_the_definition_says_and_keeps_what_was_typed(
    app: Flask, world: World, sign_in: Any, path: str, person: str
) -> None:
    with app.app_context(), as_system("import"):
        db.session.delete(db.session.get_one(Customer, world.lead["south1"]))
        db.session.commit()
    browser, path = sign_in(person), open_page(world, path)
    forms = list_forms(browser.get(path, headers=ENGLISH).text)
    heard = 0
    for form in forms:
        rules = rules_of(find_part(form, path))
        for name in form.filled:
            rule = rules.get(name) or rules[f"{name}_id"]
            for odd in (one for one in make_odd(rule) if hear_rule(app, rule, one) is not None):
                assert send(browser, form, name, odd.text) == hear_rule(app, rule, odd), (form.action, name, odd.text[:20])
                heard += 1
    assert heard >= 1, path


def test_a_reason_at_its_limit_is_stored_whole(app: Flask, world: World, sign_in: Any) -> None:
    path, reason = f"/contracts/show/{world.contract['south1']}", "r" * 500
    browser = sign_in("south1")
    form = next(one for one in list_forms(browser.get(path).text) if one.values.get("move") == "void")
    assert send(browser, form, "status_reason", reason) is None
    with app.app_context(), as_system():
        assert db.session.get_one(Contract, world.contract["south1"]).status_reason == reason

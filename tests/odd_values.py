"""Values that try a field's limits, made from its definition, and the doors by which they reach one row."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from flask import Flask
from flask_babel import force_locale
from sqlalchemy import select

from app.core.access.mixins import Owned
from app.core.access.viewer import acting_as, as_system, load_viewer
from app.core.base.errors import RuleViolation
from app.core.views.base import DeskView
from app.core.views.rest import DeskApi
from app.core.writes.columns import rules_of
from app.core.writes.fields import ChoiceRule, DayRule, FieldRule, FlagRule, InstantRule, NumberRule, ReferenceRule, TextRule
from app.core.writes.times import TimeRule
from app.extensions import db

from .conftest import Browser, RestClient
from .factories import World
from .forms import read_form

PEOPLE = ("south1", "service1", "chief")  # the first of them who may edit a row edits it
UNTYPED = object()  # a value that only a text can be


@dataclass(frozen=True)
class Odd:
    """A value as a form sends it, as a session sets it, and whether only CI tries it."""

    text: str
    typed: Any = UNTYPED
    is_slow: bool = False


def make_odd(rule: FieldRule) -> Iterator[Odd]:
    """Yield the values just under, at and over the limits of a field, and what is no value of its kind."""
    is_free = rule.needed is None  # then nothing is as good as something
    if isinstance(rule, FlagRule):
        return  # a tick box says one or the other
    if isinstance(rule, TextRule):
        yield from (Odd("x" * n, "x" * n) for n in (rule.limit, rule.limit + 1))
        yield Odd("  ", "  ", is_slow=is_free)
        yield from (Odd(text, text, is_slow=True) for text in ("", "\u200b\u2060", "§1", "  x1  "))
        return
    yield Odd("", None, is_slow=is_free)
    if isinstance(rule, NumberRule):
        step = Decimal(1).scaleb(-rule.decimals)
        numbers = [rule.most + step, *([rule.least + step / 2] if rule.decimals else []), rule.least, rule.least - step, rule.most]
        for place, one in enumerate(map(Decimal, numbers)):
            yield Odd(f"{one:f}", one if rule.decimals else int(one), is_slow=place > 1)
        yield from (Odd("1_000"), Odd("１２３"), Odd("１，２３４．５０"), Odd("9" * 40))
        yield from (Odd(text, is_slow=True) for text in ("ten", "1e2", "1,00,0", "NaN", "1,234.50", "١٢"))
    elif isinstance(rule, DayRule):
        days = [date(1899, 12, 31), date(3000, 1, 1), date(1900, 1, 1), date(2999, 12, 31), date.min, date.max]
        yield from (Odd(day.isoformat(), day, is_slow=place > 1) for place, day in enumerate(days))
        yield from (Odd(text, is_slow=text[0] != "2") for text in ("2026-02-30", "20260105", "２０２６-０１-０５", "soon"))
    elif isinstance(rule, InstantRule):
        instants = [datetime(1899, 12, 30), datetime(3000, 1, 2), datetime(2025, 1, 2, 3, 4)]  # clear of every time zone
        yield from (Odd(one.isoformat(), one) for one in instants)
        yield from (Odd(text, is_slow=text[0] != "2") for text in ("2026-02-30T10:00", "soon", "２０２５-０１-０２T０３:０４"))
    elif isinstance(rule, TimeRule):
        yield from (Odd(one.isoformat(), one) for one in (time(23, 59), time(10, 0, 30), time(10, 0, 0, 1)))
        yield from (Odd(text, is_slow=text[0] != "2") for text in ("24:00", "2:5", "soon", "１０：３０", "14:30+08:00"))
    elif isinstance(rule, ChoiceRule):
        yield from (Odd("no such code", "no such code"), Odd(next(iter(rule.codes())).upper() + "x", is_slow=True))
    elif isinstance(rule, ReferenceRule):
        yield from (Odd("987654", 987654), Odd("abc"), *(Odd(text, is_slow=True) for text in ("1_0", "-1", "99999999999")))


@dataclass
class Case:
    """One row of one screen, who edits it, and its doors. Each says what it heard: None when it took the value, else the sentence."""

    app: Flask
    view: DeskView
    api: DeskApi | None
    row_id: int
    person: int
    browser: Browser
    client: RestClient | None
    form: dict[str, list[str]]
    token: str

    @property
    def model(self) -> Any:
        """Return the model of the row."""
        return self.view.datamodel.obj

    def by_session(self, key: str, value: Any) -> str | None:
        """Set the attribute in a session and flush it, without a commit."""
        with self.app.test_request_context(), acting_as(load_viewer(self.person)), force_locale("en"):
            row = db.session.scalars(select(self.model).where(self.model.id == self.row_id)).one()
            setattr(row, key, value)
            try:
                db.session.flush()
            except RuleViolation as refusal:
                return str(refusal)
            finally:
                db.session.rollback()
        return None

    def by_form(self, name: str, text: str) -> str | None:
        """Send the edit form with this value in it."""
        sent = {**self.form, name: text, "csrf_token": self.token}
        if name == "next_step_at":  # a time without a day is refused whatever it is
            sent["next_step_on"] = "2030-01-02"
        answer = self.browser.client.post(f"{self.view.route_base}/edit/{self.row_id}", data=sent)
        assert answer.status_code in (302, 422), (name, text[:50], answer.status_code)
        return None if answer.status_code == 302 else hear_page(answer.text, name)

    def restore(self) -> None:
        """Send the form as it was opened first, so that what one field took does not count for the next."""
        answer = self.browser.client.post(f"{self.view.route_base}/edit/{self.row_id}", data={**self.form, "csrf_token": self.token})
        assert answer.status_code == 302, hear_page(answer.text, "")

    def by_rest(self, key: str, value: Any) -> str | None:
        """Send the value as JSON."""
        assert self.client is not None and self.api is not None
        answer = self.client.send("PUT", f"{self.api.resource_name}/{self.row_id}", {key: value})
        assert answer.status_code in (200, 403, 422), (key, str(value)[:50], answer.status_code)
        message = answer.json.get("message") if answer.status_code != 200 else None
        return str(next(iter(message.values()))[0]) if isinstance(message, dict) else message


def hear_page(page: str, name: str) -> str:
    """Return the sentence that a refused form says at a field, else the first one above the form."""
    at = page.split(f'id="{name}-error"', 1)
    part = at[1].split("<span>", 1)[1] if len(at) == 2 else page.split("error-summary", 1)[1].split("<li>", 1)[1]
    sentence = re.split(r"</span>|</li>", part, maxsplit=1)[0]
    return html.unescape(re.sub(r"<a [^>]*>[^<]*</a>: ", "", sentence))


def open_case(app: Flask, world: World, base: str) -> Case:
    """Return the case of a screen: its last row, or south1's where rows have owners."""
    views = app.extensions["appbuilder"].baseviews
    view = next(one for one in views if isinstance(one, DeskView) and one.route_base == f"/{base}")
    model: Any = view.datamodel.obj
    api = next((one for one in views if isinstance(one, DeskApi) and one.datamodel.obj is model), None)
    with app.app_context(), as_system("import"):
        mine = [model.owner_id == world.people["south1"], model.deleted_at.is_(None)] if issubclass(model, Owned) else []
        row_id = db.session.scalars(select(model.id).where(*mine).order_by(model.id.desc()).limit(1)).one()
    for name in PEOPLE:
        browser = Browser(app).sign_in(name)
        page = browser.get(f"/{base}/edit/{row_id}")
        if page.status_code == 200:
            form = read_whole_form(page.text)
            client = RestClient(app, name) if api is not None else None
            if client is not None:
                client.headers["Accept-Language"] = "en"
            return Case(app, view, api, row_id, world.people[name], browser, client, form, browser.token())
    raise AssertionError(f"nobody edits {base}")


def read_whole_form(page: str) -> dict[str, list[str]]:
    """Return what the form of a page would send if nothing were typed, several values of a name too; not which version was read."""
    found = {key: [value] for key, value in read_form(page).items() if key != "csrf_token"} | {"row_version": [""]}
    for tag in re.findall(r'<input[^>]*type="checkbox"[^>]*>', page):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value and re.search(r"\bchecked\b", tag):
            found[name[1]] = sorted({*found.get(name[1], []), value[1]})
    for name, inner in re.findall(r'<select[^>]*name="([^"]+)"[^>]* multiple[^>]*>(.*?)</select>', page, re.DOTALL):
        found[name] = re.findall(r'<option value="([^"]*)" selected', inner)
    return found


@dataclass(frozen=True)
class SentForm:
    """A form of a page: where it goes, what stands before the ids of its fields, what it would send, and what a person fills in."""

    action: str
    prefix: str
    values: dict[str, str]
    filled: tuple[str, ...]


def list_forms(page: str) -> list[SentForm]:
    """Return the forms of a page that post something a person fills in."""
    found = []
    for head, inner in re.findall(r"<form([^>]*)>(.*?)</form>", page, re.DOTALL):
        tags = re.findall(r"<(input|textarea|select)([^>]*)>", inner)
        filled = [
            (re.search(r'name="([^"]+)"', tag), re.search(r' id="([^"]+)"', tag))
            for kind, tag in tags
            if 'type="hidden"' not in tag and 'type="file"' not in tag
        ]
        named = [(name[1], key[1]) for name, key in filled if name and key]
        if 'method="post"' in head and named:
            action = html.unescape(re.search(r'action="([^"]*)"', head)[1])  # type: ignore[index]
            found.append(SentForm(action, named[0][1].removesuffix(named[0][0]), read_form(inner), tuple(name for name, _key in named)))
    return found


def list_fields(case: Case) -> list[tuple[str, str, FieldRule]]:
    """Return (name in forms, attribute, definition) of what the screen's edit form or its resource takes."""
    found = []
    for key, rule in rules_of(case.model).items():
        name = key.removesuffix("_id") if isinstance(rule, ReferenceRule) else key
        if name in case.view.edit_columns or (case.api is not None and key in case.api.edit_columns):
            found.append((name, key, rule))
    return found

"""What a person reads of an answer, and which of it is not in their language.

`read_page` collects the words of a page, `find_foreign` those of the other language. What the test company is called
by its own people is no word of ours: `Data` knows those names and takes them out first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from flask_appbuilder.security.sqla.models import Group
from sqlalchemy import select

from app.activities.models import Activity
from app.contracts.models import Contract, ContractAttachment
from app.core.access.viewer import as_system
from app.core.forms.lookups import known
from app.core.writes.option_sets import Choice
from app.customers.models import Contact, Customer, Status
from app.extensions import db
from app.processes.designs import Process, ProcessField, ProcessStep
from app.staff.models import CalendarDay, Department, Staff
from app.tickets.models import Priority, Ticket, TicketComment

from . import made_rows
from .conftest import Browser
from .factories import list_other_models

TAGS = {"zh": "zh-CN", "en": "en"}
LANGUAGES = ["zh", "en"]
# Their forms and lists show the Chinese and the English name of one thing side by side.
LIST_EDITORS = ("/statuses/", "/lists/", "/priorities/", "/departments/", "/calendar/")
NO_PAGES = ("static", "appbuilder.static", "face")  # files; the page of components, in English for those who build it
MACHINE_ENDPOINTS = (
    "OpenApi.get",
    "health",
    "UtilView.back",
    "LocaleView.index",
    "ProcessesView.bpmn",
    "ProcessesView.document",
)  # machine answers and bare redirects
READ_ATTRIBUTES = ("title", "aria-label", "placeholder", "alt", "data-confirm", "data-confirm-t")
UNREAD_TAGS = frozenset({"script", "style", "kbd", "svg", "textarea"})
VOID_TAGS = frozenset({"meta", "link", "input", "br", "hr", "img", "use", "path", "col"})
BUTTON_TYPES = frozenset({"submit", "button", "reset"})

# Words that stay as they are in Chinese: names of formats, units, technical names, and the marks of a number pattern.
ALLOWED_IN_CHINESE = frozenset(
    (
        "IT REST API Swagger JSON JavaScript PDF PNG JPEG HEIC ZIP EML MSG Word Excel CSV KB MB Ctrl English EN HT http https "
        "HK US CNY HKD USD EUR BPMN LC U"
    ).split()
)
LATIN_WORD = re.compile(r"[A-Za-zÀ-ÿ]{2,}")
CHINESE = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff01-\uff5e]+")
# Record numbers, number patterns, and the holes of sentences that scripts fill.
NUMBERS = re.compile(r"\b[A-Z]{1,3}\d+\b|[A-Z]*(\{year\})?\{seq:\d+\}|\{\w+\}")
# What the company calls things, column by column. Roles, permissions and codes of the program are not among them.
NAMED_BY_PEOPLE: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (Customer, ("name", "remark", "address", "website", "status_reason")),
    (Contact, ("name", "title", "mail")),
    (Activity, ("text", "result", "withdrawn_reason")),
    (Contract, ("title", "remark", "status_reason")),
    (ContractAttachment, ("name",)),
    (Ticket, ("subject", "description", "status_reason")),
    (TicketComment, ("text",)),
    (Staff, ("first_name", "last_name", "username", "email")),
    (Group, ("name", "label", "description")),
)
NAMED_IN_BOTH = (Department, Status, Choice, Priority, CalendarDay, Process, ProcessStep, ProcessField)


class _Page(HTMLParser):
    """Collects what is read or heard: text, titles, labels, words for scripts. Text marked as another language is left out."""

    def __init__(self, lang: str) -> None:
        super().__init__()
        self.lang, self.found_lang = lang, ""
        self.words: list[str] = []
        self._stack: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.found_lang = given.get("lang", "")
        hidden = bool(self._stack) and self._stack[-1][1]
        hidden = hidden or given.get("lang", self.lang) != self.lang
        if not hidden:
            self.words += [value for name, value in given.items() if name in READ_ATTRIBUTES or f"{name}-".startswith("data-t-")]
            if tag == "input" and given.get("type") in BUTTON_TYPES:
                self.words.append(given.get("value", ""))
        if tag not in VOID_TAGS:
            self._stack.append((tag, hidden or tag in UNREAD_TAGS))

    def handle_endtag(self, tag: str) -> None:
        while self._stack:
            name, _hidden = self._stack.pop()
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        if data.strip() and not (self._stack and self._stack[-1][1]):
            self.words.append(data.strip())


def read_page(html: str, lang: str) -> tuple[str, list[str]]:
    """Return the language the page declares and what a person reads of it."""
    page = _Page(lang)
    page.feed(html)
    return page.found_lang, [word for word in page.words if word.strip()]


def read_json(text: str) -> list[str]:
    """Return the words of a JSON answer: its values, but for keys that programs read."""
    return list(_walk(json.loads(text)))


def _walk(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, part in value.items():
            if key not in ("url", "tone", "id", "severity"):
                yield from _walk(part)
    elif isinstance(value, list):
        for part in value:
            yield from _walk(part)
    elif isinstance(value, str):
        yield value


@dataclass
class Data:
    """The company's own words; `names` holds the Chinese and the English names of its lists, which only their editors show side by side."""

    words: set[str] = field(default_factory=set)
    names: dict[str, set[str]] = field(default_factory=lambda: {"zh": set(), "en": set()})

    @classmethod
    def read(cls) -> Data:
        """Read them from the database."""
        data = cls()
        others = [(model, made_rows.list_texts(model)) for model in list_other_models().values()]
        for model, columns in (*NAMED_BY_PEOPLE, *others):
            for row in db.session.execute(select(*(getattr(model, name) for name in columns))):
                data.words |= {str(value) for value in row if value}
        for model in NAMED_IN_BOTH:
            for zh, en in db.session.execute(select(model.name_zh, model.name_en)):
                data.names["zh"].add(zh)
                data.names["en"].add(en)
        return data

    def take_out(self, text: str, *, names_of: Iterable[str]) -> str:
        """Return the text without the company's words."""
        words = set(self.words)
        for language in names_of:
            words |= self.names[language]
        for word in sorted(words, key=len, reverse=True):
            if word in text:
                text = re.sub(rf"(?<![A-Za-z]){re.escape(word)}(?![A-Za-z])", " ", text)
        return text


def find_foreign(words: Iterable[str], language: str, data: Data, *, is_list_editor: bool = False) -> list[str]:
    """Return what is not in the language; the editors of lists and departments may show both names."""
    names_of = ("zh", "en") if is_list_editor else (language,)
    found = []
    for text in words:
        rest = data.take_out(NUMBERS.sub(" ", text), names_of=names_of)
        foreign = [w for w in LATIN_WORD.findall(rest) if w not in ALLOWED_IN_CHINESE] if language == "zh" else CHINESE.findall(rest)
        if foreign:
            found.append(text)
    return found


def switch(browser: Browser, language: str) -> None:
    assert browser.post(f"/language/{language}").status_code == 302


def list_ids(app: Flask, endpoint: str, rows: int) -> list[int]:
    """Return the first ids of the rows that a view shows."""
    if endpoint == "ContractsView.attachment" or endpoint.startswith(("SavedViewsView.", "BinView.", "NoticesView.", "TasksView.")):
        return [1]
    views = app.extensions["appbuilder"].baseviews
    model = next(view.datamodel.obj for view in views if view.endpoint == endpoint.split(".")[0])
    with app.app_context(), as_system("import"):
        return sorted(db.session.scalars(select(model.id)))[:rows]


def list_addresses(app: Flask, method: str = "GET", rows: int = 9) -> Iterator[tuple[str, str]]:
    """Yield (endpoint, address) of every page of the URL map, with the ids of what exists."""
    for rule in app.url_map.iter_rules():
        if method not in (rule.methods or ()) or rule.endpoint in (*NO_PAGES, *MACHINE_ENDPOINTS) or rule.rule.startswith("/api/"):
            continue
        if rule.endpoint.endswith(".static"):
            continue
        if rule.endpoint == "LookupView.lookup":
            yield from ((rule.endpoint, f"/lookup/{name}?parent=1") for name in known())
        elif "<pk>" in rule.rule:
            yield from (
                (rule.endpoint, rule.rule.replace("<pk>", str(pk)).replace("/bin/restore/<kind>", "/bin/restore/customer"))
                for pk in list_ids(app, rule.endpoint, rows)
            )
        else:
            yield rule.endpoint, rule.rule.replace("<code>", "listing")


def find_faults(answer: Any, language: str, data: Data, path: str) -> list[str]:
    """Return what is wrong with the words of one answer."""
    editor = path.startswith(LIST_EDITORS)
    if answer.mimetype == "application/json":
        return [f"{path}: {text}" for text in find_foreign(read_json(answer.get_data(as_text=True)), language, data, is_list_editor=editor)]
    if answer.mimetype != "text/html" or answer.status_code in (301, 302):
        return []
    tag, words = read_page(answer.get_data(as_text=True), TAGS[language])
    faults = [f"{path}: {text}" for text in find_foreign(words, language, data, is_list_editor=editor)]
    return faults if tag == TAGS[language] else [*faults, f"{path}: lang={tag}"]


def say(faults: list[str]) -> str:
    """Return each fault once, one a line."""
    return "\n" + "\n".join(sorted(set(faults)))

"""Remote pickers: a module declares a lookup, one JSON endpoint answers it, the gate enforces it on save."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypedDict

from flask import abort, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access_api, permission_name
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm.interfaces import ORMOption

from ...extensions import db
from ..access.policy import find_policy
from ..access.scope import REACH_OPTION
from ..access.screens import all_screens
from ..access.viewer import current_viewer
from ..base.entities import Entity, Item
from ..base.i18n import Words
from ..base.input_guard import parse_id
from ..base.registry import Registry
from ..base.showing import ODD, show_safely
from ..lists.query import match_words

PAGE = 20
MAX_PAGES = 50


class Details(TypedDict, total=False):
    """The info card of a chosen row, or what a module adds to it: badge, lines of label and text, warnings, address."""

    badge: Mapping[str, str]
    lines: list[list[str]]
    warnings: list[str]
    url: str | None


Fields = dict[str, object]  # of one offered row, as the picker shows them
DetailMaker = Callable[[Any], Details]  # of a row of the lookup's model
Conditions = Sequence[ColumnElement[bool]]


@dataclass(frozen=True)
class Lookup(Generic[Item]):
    """What a picker offers.

    `needs` lists (action, module) of which one must be granted. `order` are the columns of the order; `card` returns
    the extra fields of one page of rows, by id; `details` the info card of the one row asked for by `id=`; `reach` is
    “pick”, or “see” for what one's own lists show; `explain` returns entries that are not offered, and why: what the text
    names exactly, and others that hold it when nothing else was found (its second argument).
    """

    name: str
    model: type[Item]
    needs: Sequence[tuple[str, str]]
    search: Callable[[str], Conditions]
    order: Sequence[ColumnElement | InstrumentedAttribute]
    where: Callable[[int | None], Conditions] = lambda parent: ()
    card: Callable[[list[Item]], Mapping[int, Fields]] = lambda rows: {}
    details: DetailMaker | None = None
    explain: Callable[[str, bool], list[Fields]] | None = None
    reach: str = "pick"
    options: Sequence[ORMOption] = ()
    add_endpoint: str = ""
    add_label: Words = ""

    @property
    def add_url(self) -> str | None:
        """Return where the viewer may add what the picker did not find; None without the right to."""
        policy = find_policy(self.model)
        may = self.add_endpoint and policy is not None and current_viewer().may("can_add", policy.module)
        return url_for(self.add_endpoint) if may else None


LOOKUPS: Registry[str, Lookup] = Registry("lookups", single=True)
CARD_PARTS: Registry[str, DetailMaker] = Registry("lines on info cards")  # by lookup: lines and warnings that other modules add


def make_card(lookup: Lookup, row: Entity) -> Details | None:
    """Return the info card of the chosen row, the additions of other modules included; None when there is none."""
    if lookup.details is None:
        return None
    nothing: Details = {}
    card: Details = {"lines": [], "warnings": [], **show_safely(row, "card", lookup.details, nothing)}
    for make in CARD_PARTS.all_of(lookup.name):
        part = show_safely(row, "card", make, nothing)
        card["lines"].extend(part.get("lines", ()))
        card.setdefault("warnings", []).extend(part.get("warnings", ()))
    return card


def _read_cards(lookup: Lookup[Item], rows: list[Item]) -> Mapping[int, Fields]:
    """Return the card fields of one page of rows, one by one when one of them cannot be shown."""
    try:
        return lookup.card(rows) if rows else {}
    except ODD:
        found: dict[int, Fields] = {}
        nothing: dict[int, Fields] = {}
        for row in rows:
            found |= show_safely(row, "card", lambda one: lookup.card([one]), nothing)
        return found


def known() -> dict[str, Lookup]:
    """Return every lookup by name."""
    return LOOKUPS.first_of_each()


def find_rows(lookup: Lookup[Item], text: str, page: int, parent: int | None) -> tuple[list[Item], bool]:
    """Return one page of what the viewer may pick, and whether there is more."""
    statement = (
        select(lookup.model)
        .where(*lookup.where(parent), *lookup.search(text))
        .order_by(*lookup.order)
        .options(*lookup.options)
        .offset((page - 1) * PAGE)
        .limit(PAGE + 1)
    )
    rows = list(db.session.scalars(statement, execution_options={REACH_OPTION: lookup.reach}).unique())
    return rows[:PAGE], len(rows) > PAGE


def find_present(lookup: Lookup[Item], row_id: int, parent: int | None) -> list[Item]:
    """Return the row that a form holds: one that is offered, or one that a record within the viewer's sight names already."""
    where = [] if is_held(lookup, row_id) else lookup.where(parent)
    statement = select(lookup.model).where(lookup.model.id == row_id, *where).options(*lookup.options)
    return list(db.session.scalars(statement, execution_options={REACH_OPTION: lookup.reach}).unique())


def list_holders(lookup: Lookup) -> list[InstrumentedAttribute]:
    """Return the columns that the forms of all screens fill from this lookup."""
    return [
        getattr(screen.model, f"{name}_id")
        for screen in all_screens()
        for name, field in screen.edit_form_extra_fields.items()
        if getattr(field, "kwargs", {}).get("lookup") == lookup.name and name in {*screen.add_columns, *screen.edit_columns}
    ]


def is_held(lookup: Lookup, row_id: int) -> bool:
    """Tell whether a record that the viewer sees names this row in a field of this lookup."""
    return any(db.session.scalar(select(column.class_.id).where(column == row_id).limit(1)) is not None for column in list_holders(lookup))


def answer(lookup: Lookup, text: str, page: int, parent: int | None, present: int | None = None) -> Fields:
    """Return the endpoint's answer: results with card fields, and whether there is more."""
    rows, more = (find_present(lookup, present, parent), False) if present else find_rows(lookup, text, page, parent)
    fields = _read_cards(lookup, rows)
    results = [{"id": row.id, "text": show_safely(row, "name", str), **fields.get(row.id, {})} for row in rows]
    if present and rows and (card := make_card(lookup, rows[0])) is not None:
        results[0]["card"] = card
    if text.strip() and page == 1 and lookup.explain is not None:
        results += lookup.explain(text.strip(), not results)
    return {"results": results, "more": more}


def words_in(column: InstrumentedAttribute) -> Callable[[str], Conditions]:
    """Return a search over one column: every word must occur in it."""
    return lambda text: match_words(column, text)


def read_id(name: str) -> int | None:
    """Return a whole number from the address, None for anything else."""
    return parse_id(request.args.get(name))


class LookupView(BaseView):
    """The one endpoint of every picker."""

    route_base = "/lookup"
    default_view = "lookup"
    class_permission_name = "Lookups"
    base_permissions = ["can_use"]

    @expose("/<name>")
    @has_access_api
    @permission_name("use")
    def lookup(self, name: str) -> ResponseReturnValue:
        """Answer `?q=&page=&parent=&id=` as JSON."""
        lookup = LOOKUPS.find(name)
        if lookup is None:
            abort(404)
        viewer = current_viewer()
        if not any(viewer.may(action, module) for action, module in lookup.needs):
            abort(403)
        page = min(max(read_id("page") or 1, 1), MAX_PAGES)
        return jsonify(answer(lookup, request.args.get("q", ""), page, read_id("parent"), read_id("id")))

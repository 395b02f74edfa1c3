"""The bin: what was deleted, for those who may restore it; and the way out for good, by an Admin, with a reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, literal, null, select
from sqlalchemy.orm import class_mapper

from ..core.access.directory import name_of_person
from ..core.access.mixins import Owned
from ..core.access.scope import BIN_OPTION, make_restore_condition, owned_models
from ..core.access.screens import all_screens, need_screen, screen_of
from ..core.access.viewer import current_viewer, from_source
from ..core.base.entities import Entity, own_rows, table_of
from ..core.base.errors import SAVED_MEANWHILE, StaleRow
from ..core.base.formatting import show
from ..core.base.input_guard import parse_id
from ..core.base.screens import label_of
from ..core.base.showing import show_safely
from ..core.sharing.shares import Share
from ..core.writes import bulk, commit, history, numbering
from ..core.writes.columns import find_rule
from ..extensions import db
from . import rules

PAGE = 50
WITH_DELETED = {BIN_OPTION: True}


@dataclass(frozen=True)
class BinLine:
    """One deleted record."""

    kind: str
    id: int
    name: str
    number: str
    owner: str
    at: str
    by: str


def list_deletable() -> dict[str, type[Owned]]:
    """Return kind -> model of what can be soft-deleted: the records that have screens, and what is shown as part of them."""
    models: list[type[Entity]] = [screen.model for screen in all_screens()]
    parts = [model for model in owned_models() if model.policy.part_label]
    return {_kind_of(model): model for model in (*models, *parts) if issubclass(model, Owned)}


def _kind_of(model: type[Owned]) -> str:
    """Return the name of a kind of records in the bin's addresses: that of its table, or of its class where several share one."""
    if class_mapper(model).polymorphic_identity is None:
        return table_of(model).name
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", model.__name__).lower()


def read_bin(args: Mapping[str, str]) -> tuple[list[tuple[str, str, int]], str, list[BinLine], bool]:
    """Return the kinds with their counts, the kind that is shown, one page of its records, and whether there are more."""
    models = list_deletable()
    wanted = {name: conditions for name, model in models.items() if (conditions := _conditions(model)) is not None}
    if not wanted:
        return [], "", [], False
    # One statement, however many kinds of records the modules bring.
    counting = [select(func.count(models[name].id)).where(*conditions).scalar_subquery() for name, conditions in wanted.items()]
    counts = db.session.execute(select(*counting), execution_options=WITH_DELETED).one()
    kinds = [(name, _name_kind(models[name]), count) for name, count in zip(wanted, counts, strict=True)]
    chosen = args.get("kind", "")
    if chosen not in wanted:
        chosen = next((name for name, _label, count in kinds if count), next(iter(wanted)))
    page, model = args.get("page", ""), models[chosen]
    number = min(parse_id(page, digits=4) or 1, 1000)
    statement = select(model).where(*wanted[chosen]).order_by(model.deleted_at.desc(), model.id.desc())
    rows = list(db.session.scalars(statement.offset((number - 1) * PAGE).limit(PAGE + 1), execution_options=WITH_DELETED))
    return kinds, chosen, [_describe(row) for row in rows[:PAGE]], len(rows) > PAGE


def _name_kind(model: type[Owned]) -> str:
    return str(model.policy.part_label or label_of(model.policy.module))


def _conditions(model: type[Owned]) -> list[ColumnElement[bool]] | None:
    """Return what the viewer may restore of a model; what went into the bin with its customer comes back with it."""
    found = make_restore_condition(model, current_viewer())
    if found is False:
        return None
    conditions = [model.deleted_at.is_not(None), *([] if found is True else [found])]
    if model.policy.root is not None:
        root = next(one for one in owned_models() if one.__name__ == model.policy.root.model)
        with_root = select(root.id).where(root.id == getattr(model, model.policy.root.column), root.deleted_at == model.deleted_at)
        conditions.append(~with_root.exists())
    return conditions


def _describe(row: Owned) -> BinLine:
    return BinLine(
        _kind_of(type(row)), row.id, show_safely(row, "name", str), str(getattr(row, "number", None) or ""),
        name_of_person(row.owner_id), show_safely(row, "deleted_at", lambda one: str(show(one.deleted_at))),
        name_of_person(row.deleted_by_id),
    )  # fmt: skip


def find_deleted(kind: str, pk: str) -> Owned | None:
    """Return a record of the bin that the viewer may restore; None for any other."""
    model = list_deletable().get(kind)
    number = parse_id(pk)
    if model is None or number is None:
        return None
    conditions = _conditions(model)
    if conditions is None:
        return None
    return db.session.scalar(select(model).where(model.id == number, *conditions), execution_options=WITH_DELETED)


def find_restoring(model: type[Owned], row_id: int) -> str | None:
    """Return the address that takes a deleted row out of the bin; None when it is not the viewer's to restore."""
    kind = next((name for name, one in list_deletable().items() if one is model), None)
    may_open = current_viewer().may("can_list", "Bin")
    if kind is None or not may_open or find_deleted(kind, str(row_id)) is None:
        return None
    return url_for("BinView.restore", kind=kind, pk=row_id)


def find_page(row: Owned) -> str:
    """Return the address of a record's page; for a part of a record, that record's."""
    screen = screen_of(type(row))
    if screen is not None:
        return screen.url("show", row)
    link = row.policy.nearest
    assert link is not None  # a part hangs on its record
    whole = next(model for model in owned_models() if model.__name__ == link.model)
    return need_screen(whole).url("show", getattr(row, link.column))


def restore(row: Owned) -> None:
    """Take a record out of the bin, with what went in with it. Raises RuleViolation."""
    with from_source("action"):
        row.deleted_at = row.deleted_by_id = None
        commit.commit()


def purge(row: Owned, reason: str) -> None:
    """Delete a record of the bin for good; number and reason stay in the ledger, its history stays. Raises RuleViolation."""
    session, model, viewer = db.session(), type(row), current_viewer()
    find_rule(numbering.IssuedNumber, "reason")[1].check(reason)
    below = [(one, link.column) for one in owned_models() for link in one.policy.links if link.model == model.__name__]
    with from_source("action"), commit.refusals():
        _lock_deleted(row)
        numbered = sum(_count(one, column, row.id) for one, column in below if one.policy.number is not None)
        is_deleted = row.deleted_at is not None
        rules.check_purge(rules.Purge(is_admin=viewer.is_admin, is_deleted=is_deleted, reason=reason, numbered_below=numbered))
        history.note_event(session, row, "purge", old=str(row), new=reason)
        for one, column in _deepest_first(below):
            mine = (table_of(one).c[column] == row.id) & own_rows(one)
            bulk.note_events(session, one, select(table_of(one).c.id, null(), literal(reason)).where(mine), "purge", batch=None)
            bulk.purge(session, one, mine)
        bulk.purge(session, Share, (Share.module == model.policy.module) & (Share.row_id == row.id))
        if model.policy.number is not None:
            numbering.set_number_status(session, str(getattr(row, "number", "")), "purged", reason)
        bulk.purge(session, model, table_of(model).c.id == row.id)
        session.expunge(row)
        session.commit()


def _deepest_first(below: list[tuple[type[Owned], str]]) -> list[tuple[type[Owned], str]]:
    """Return what hangs on a record in an order in which nothing is deleted while something else of it names it."""
    order = {table: place for place, table in enumerate(db.metadata.sorted_tables)}
    return sorted(below, key=lambda one: order[table_of(one[0])], reverse=True)


def _lock_deleted(row: Owned) -> None:
    """Lock a soft-deleted record, so that nobody restores it meanwhile; refuse one that somebody restored or purged already."""
    table = table_of(type(row))
    held = select(table.c.id).where(table.c.id == row.id, table.c.deleted_at.is_not_distinct_from(row.deleted_at)).with_for_update()
    if db.session.connection().execute(held).first() is None:
        raise StaleRow(SAVED_MEANWHILE)


def _count(model: type[Owned], column: str, row_id: int) -> int:
    table = table_of(model)
    counted = select(func.count()).select_from(table).where(table.c[column] == row_id, own_rows(model))
    return db.session.connection().execute(counted).scalar_one()


def describe_place(name: str) -> str:
    """Return what the page says of a record that came back."""
    return _("%(name)s is back", name=name)

"""What the handover's pages show: what a leaver holds, what would move to whom, what was moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import Row, Select, func, or_, select

from ..core.access.directory import name_of_person
from ..core.access.mixins import Owned
from ..core.access.scope import BIN_OPTION, REACH_OPTION, owned_models
from ..core.access.screens import screen_of
from ..core.access.viewer import SEE, Reach, Viewer, as_system
from ..core.base import clock
from ..core.base.entities import Entity, own_rows, table_of
from ..core.base.formatting import show
from ..core.base.i18n import Words
from ..core.base.screens import label_of
from ..core.base.showing import show_safely
from ..core.history.wording import relations_of
from ..core.sharing.shares import Share
from ..core.writes.option_sets import Named, name_of
from ..customers.models import Customer
from ..customers.rules import OPEN, describe_step
from ..extensions import db
from . import rules
from .holdings import Holding
from .models import Handover, HandoverItem
from .plan import Plan, make_digest, select_candidates, select_moves

MAX_ROWS = 300  # of one kind, to be chosen one by one; the rules reach all
MAX_SHOWN = 5000
MAX_LISTED = 50  # of what goes along: the newest, to be looked at
WITH_DELETED = {BIN_OPTION: True}


@dataclass(frozen=True)
class Line:
    """One row of a list: what it is called, its badge, its address, from whom and to whom it goes, and a remark."""

    id: int
    name: str
    number: str
    badge: Words
    url: str | None
    old: str = ""
    new: str = ""
    remark: str = ""


@dataclass(frozen=True)
class Part:
    """What goes with rows, or concerns a leaver besides: how many, said in words, and the first of them."""

    label: str
    count: int
    lines: list[Line] = field(default_factory=list)
    hint: str = ""


@dataclass
class Held:
    """What a leaver holds of one kind: how many, what follows, how it can be divided, the rows."""

    holding: Holding
    count: int
    followers: list[Part]
    groups: list[tuple[str, str, list[tuple[str, str, int]]]] = field(default_factory=list)
    rows: list[Line] = field(default_factory=list)


@dataclass
class Moves:
    """What would move of one kind: the lines, and per receiver how many with what follows them."""

    label: str
    lines: list[Line]
    totals: list[tuple[str, int, list[tuple[str, int]]]]
    hidden: int = 0
    receivers: frozenset[int] = frozenset()


def describe_row(row: Owned, **more: str) -> Line:
    """Return a row as lists name it."""
    screen = screen_of(type(row))
    url = url_for(f"{screen.endpoint}.show", pk=row.id) if screen is not None and screen.may("can_show") else None
    in_bin = {} if row.deleted_at is None else {"remark": _("in the bin")}
    name = show_safely(row, "heading", screen.heading_of if screen is not None else str)
    badge = show_safely(row, "badge", screen.badge_of) if screen is not None else ""
    return Line(
        row.id, name, str(getattr(row, "number", None) or ""), badge,
        url if row.deleted_at is None else None, **{**in_bin, **more},
    )  # fmt: skip


def read_held(holding: Holding, plan: Plan, viewer: Viewer) -> Held:
    """Return what the leaver holds of one kind, as far as the viewer may hand it over."""
    model, wanted, session = holding.model, select_candidates(holding, plan, viewer), db.session
    connection = session.connection()
    count = connection.execute(select(func.count()).select_from(table_of(model)).where(*wanted)).scalar_one()
    held = Held(holding, count, _read_followers(holding, viewer, select(model.id).where(*wanted)))
    if not count:
        return held
    for column in holding.divided_by:
        target = relations_of(model).get(column)
        values = connection.execute(select(getattr(model, column), func.count()).where(*wanted).group_by(getattr(model, column)))
        named = sorted((_name_value(target, value), str(value or "none"), n) for value, n in values)
        screen = screen_of(model)
        label = str(screen.label_columns.get(column.removesuffix("_id"), column)) if screen is not None else column
        held.groups.append((column, label, [(value, name, n) for name, value, n in named]))
    rows = session.scalars(select(model).where(*wanted).order_by(model.id).limit(MAX_ROWS), execution_options=WITH_DELETED)
    held.rows = [describe_row(row) for row in rows]
    return held


def _name_value(target: type[Entity] | None, value: int | None) -> str:
    if value is None:
        return str(_("None given"))
    if target is not None and issubclass(target, Named):
        return name_of(target, value)
    return str(db.session.get(target, value)) if target is not None else str(value)


def _named_followers(holding: Holding, viewer: Viewer) -> list[type[Owned]]:
    """Return the models that go along and are named: with a screen of their own (contacts have none) that the viewer has."""
    models = holding.followers()
    return [model for model in models if screen_of(model) is not None and viewer.reach(model.policy.module, SEE) is not Reach.NONE]


def _read_followers(holding: Holding, viewer: Viewer, rows: Select[tuple[int]]) -> list[Part]:
    """Return how many rows of other screens go along, and the newest of them."""
    found = []
    for model in _named_followers(holding, viewer):
        key = table_of(model).c[model.policy.need_root().column]
        counted = select(func.count()).select_from(table_of(model)).where(key.in_(rows), own_rows(model))
        n = db.session.connection().execute(counted).scalar_one()
        newest = select(model).where(getattr(model, model.policy.need_root().column).in_(rows)).order_by(model.id.desc()).limit(MAX_LISTED)
        lines = [describe_row(row) for row in db.session.scalars(newest, execution_options=WITH_DELETED)]
        found.append(Part(str(label_of(model.policy.module)), n, lines))
    return found


def read_extras(leaver_id: int) -> list[Part]:
    """Return what else concerns a leaver: the open next steps, and what colleagues lend to them."""
    dated = [Customer.owner_id == leaver_id, Customer.next_step_state == OPEN]
    count, first = db.session.execute(select(func.count(), func.min(Customer.next_step_on)).where(*dated)).one()
    soonest = select(Customer).where(*dated).order_by(Customer.next_step_on, Customer.id).limit(MAX_LISTED)
    lines = [describe_row(row, remark=describe_step(row.step)) for row in db.session.scalars(soonest)]
    hint = _("the first on %(day)s", day=show(first)) if count else ""
    return [Part(_("Next steps"), count, lines, hint), _read_lent(leaver_id)]


def _read_lent(leaver_id: int) -> Part:
    """Return what colleagues lend to a person: how much, and those of them that the viewer sees."""
    open_ones = [Share.staff_id == leaver_id, Share.revoked_at.is_(None), or_(Share.until.is_(None), Share.until >= clock.today())]
    count = db.session.scalar(select(func.count()).select_from(Share).where(*open_ones)) or 0
    shares = list(db.session.scalars(select(Share).where(*open_ones).order_by(Share.id.desc()).limit(MAX_LISTED)))
    lines = []
    for model in owned_models():
        mine = {share.row_id: share for share in shares if share.module == model.policy.module and model.policy.share_key == "id"}
        for row in db.session.scalars(select(model).where(model.id.in_(mine))) if mine else ():
            lines.append(describe_row(row, remark=f"{name_of_person(mine[row.id].granted_by_id)} {show(mine[row.id].until)}".strip()))
    return Part(_("Shared with them by colleagues"), count, lines)


def read_chosen(holding: Holding, row_ids: Sequence[int], viewer: Viewer) -> list[Line]:
    """Return those of the rows that the viewer may give away."""
    rows = db.session.scalars(select(holding.model).where(holding.model.id.in_(row_ids), *holding.reached_by(viewer)))
    return [describe_row(row, old=name_of_person(row.owner_id)) for row in rows]


def find_received(handover_id: int, viewer: Viewer) -> Handover | None:
    """Return a handover by which the viewer was given something; None for any other."""
    found = select(HandoverItem.id).where(HandoverItem.new_staff_id == viewer.id, HandoverItem.handover_id == handover_id)
    if db.session.scalar(found.limit(1)) is None:
        return None
    with as_system():  # the record itself is its managers' to see; the receiver reads number, giver and note
        return db.session.scalar(select(Handover).where(Handover.id == handover_id))


def read_moves(holdings: Sequence[Holding], plan: Plan, viewer: Viewer) -> tuple[list[Moves], str]:
    """Return exactly what the plan moves, and the digest by which the run knows that it is still so."""
    found: list[Moves] = []
    lines: list[tuple[str, str, int, int | None, int]] = []
    for holding in holdings:
        if plan.divisions[holding.key].way == "none":
            continue
        moves = select_moves(holding, plan, viewer)
        items = db.session.connection().execute(moves).all()
        lines.extend((item.model, item.field, item.row_id, item.old_staff_id, item.new_staff_id) for item in items)
        if items:
            found.append(_describe_moves(holding, plan, viewer, items, moves))
    return found, make_digest(lines)


def _describe_moves(holding: Holding, plan: Plan, viewer: Viewer, items: Sequence[Row], moves: Select) -> Moves:
    statement = select(holding.model).where(*select_candidates(holding, plan, viewer))
    rows = {row.id: row for row in db.session.scalars(statement, execution_options=WITH_DELETED)}
    # What went elsewhere between the two statements is left out here; the digest refuses to run what was shown without it.
    shown = sorted((item for item in items if item.row_id in rows), key=lambda item: (name_of_person(item.new_staff_id), item.row_id))[
        :MAX_SHOWN
    ]
    lines = [
        describe_row(rows[item.row_id], old=name_of_person(item.old_staff_id), new=name_of_person(item.new_staff_id)) for item in shown
    ]
    per_receiver: dict[int, int] = defaultdict(int)
    for item in items:
        per_receiver[item.new_staff_id] += 1
    followers = _count_per_receiver(holding, viewer, moves)
    totals = [(name_of_person(staff), n, followers.get(staff, [])) for staff, n in per_receiver.items()]
    return Moves(holding.label, lines, sorted(totals), len(items) - len(lines), frozenset(per_receiver))


def _count_per_receiver(holding: Holding, viewer: Viewer, moves: Select) -> dict[int, list[tuple[str, int]]]:
    found: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for model in _named_followers(holding, viewer):
        moving, table = moves.subquery(), table_of(model)
        joined = moving.join(table, table.c[model.policy.need_root().column] == moving.c.row_id)
        counts = select(moving.c.new_staff_id, func.count()).select_from(joined).where(own_rows(model)).group_by(moving.c.new_staff_id)
        for staff, n in db.session.connection().execute(counts):
            found[staff].append((str(label_of(model.policy.module)), n))
    return found


def read_items(handover: Handover, *, staff_id: int | None = None) -> list[tuple[str, list[Line]]]:
    """Return what a handover moved (to one person), by kind; rows that the viewer may not see are passed over."""
    item, found = HandoverItem, []
    mine = [item.handover_id == handover.id, *([item.new_staff_id == staff_id] if staff_id is not None else [])]
    for model in owned_models():
        statement = select(item).where(*mine, item.model == model.__name__).order_by(item.id).limit(MAX_SHOWN)
        items = list(db.session.scalars(statement))
        if not items:
            continue
        ids = select(item.row_id).where(*mine, item.model == model.__name__)
        options = (
            WITH_DELETED if staff_id is None else {**WITH_DELETED, REACH_OPTION: "pick"}
        )  # a receiver may have the row for the picking only
        rows = db.session.scalars(select(model).where(model.id.in_(ids)), execution_options=options)
        by_id = {row.id: row for row in rows}
        for name in dict.fromkeys(entry.field for entry in items):
            lines = [_describe_item(by_id[entry.row_id], entry) for entry in items if entry.field == name and entry.row_id in by_id]
            found.append((Holding(model, name).label, sorted(lines, key=lambda line: (line.remark in ("", _("restored")), line.new))))
    return found


def _describe_item(row: Owned, item: HandoverItem) -> Line:
    if item.outcome in rules.SKIPPED:
        remark = _("stays: %(reason)s", reason=rules.SKIPPED[item.outcome])
    else:
        remark = _("restored") if item.outcome == "restored" else ""
    return describe_row(row, old=name_of_person(item.old_staff_id), new=name_of_person(item.new_staff_id), remark=remark)


def count_items(handover: Handover) -> list[tuple[str, int]]:
    """Return how many rows each receiver got."""
    item = HandoverItem
    rows = db.session.execute(select(item.new_staff_id, func.count()).where(item.handover_id == handover.id).group_by(item.new_staff_id))
    return sorted((name_of_person(staff), n) for staff, n in rows)

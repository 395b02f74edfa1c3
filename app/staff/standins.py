"""Who answers for whom: the managers above a person, and who stands in for those who are absent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import Row, literal, or_, select
from sqlalchemy.orm import Session

from ..core.access.directory import name_of_person
from ..core.access.viewer import Reach, current_viewer
from ..core.base import clock
from ..core.base.formatting import show
from ..core.base.page_data import Pairs
from ..core.forms.lookups import Conditions
from ..extensions import db
from . import rules
from .models import Absence, Department, Staff

SHOWN = 20  # lines of a profile
MAX_DEPTH = 100  # of the tree of departments, which the gate keeps a tree


def find_manager(session: Session, person_id: int) -> int | None:
    """Return who manages a person: the manager of their department, else of the nearest above; not the person, nor a closed account."""
    return next(iter(_list_managers(session, person_id)), None)


def find_manager_above(session: Session, person_id: int) -> int | None:
    """Return who comes next above the person's manager; None at the top."""
    return next(iter(_list_managers(session, person_id)[1:]), None)


def _list_managers(session: Session, person_id: int) -> Sequence[int]:
    """Return the managers above a person, the nearest first, each once; in one statement."""
    staff, department = Staff.__table__.c, Department.__table__
    mine = select(staff.department_id).where(staff.id == person_id).scalar_subquery()
    columns = (department.c.id, department.c.parent_id, department.c.manager_id)
    above = select(*columns, literal(0).label("depth")).where(department.c.id == mine).cte("above", recursive=True)
    above = above.union_all(
        select(*columns, above.c.depth + 1).join(above, department.c.id == above.c.parent_id).where(above.c.depth < MAX_DEPTH)
    )
    found = (
        select(above.c.manager_id)
        .join(Staff.__table__, staff.id == above.c.manager_id)
        .where(staff.active.is_(True), staff.id != person_id)
        .order_by(above.c.depth)
    )
    return list(dict.fromkeys(session.connection().execute(found).scalars()))


def find_deputies(session: Session, day: date) -> Mapping[int, int]:
    """Return who stands in on a day for each absent person, whoever asks: the first of the chain who is there. In one statement.

    Who has no deputy with an open account is not named: their work stays with them.
    """
    absence, staff = Absence.__table__.c, Staff.__table__.c
    away = (
        select(absence.owner_id, absence.deputy_id, staff.active)
        .join(Staff.__table__, staff.id == absence.deputy_id)
        .where(absence.until_on >= day, absence.from_on <= day, absence.deleted_at.is_(None), absence.owner_id.is_not(None))
    )
    rows = session.connection().execute(away).all()
    return rules.resolve_deputies({row.owner_id: row.deputy_id for row in rows}, {row.deputy_id for row in rows if not row.active})


def list_stood_for(session: Session, person_id: int, day: date) -> frozenset[int]:
    """Return all those for whom a person stands in on a day. In one statement."""
    return frozenset(absent for absent, deputy in find_deputies(session, day).items() if deputy == person_id)


def read_spans(session: Session, span: rules.Span, but: int | None) -> list[rules.Span]:
    """Return the absences of anybody on some of the days of one, but for the row with this id, whoever asks."""
    absence = Absence.__table__.c
    near = select(absence.owner_id, absence.deputy_id, absence.from_on, absence.until_on).where(
        absence.until_on >= span.from_on, absence.from_on <= span.until_on, absence.deleted_at.is_(None), absence.owner_id.is_not(None)
    )
    rows = session.connection().execute(near if but is None else near.where(absence.id != but))
    return [rules.Span(person_id=row.owner_id, deputy_id=row.deputy_id, from_on=row.from_on, until_on=row.until_on) for row in rows]


def lock_spans(session: Session, span: rules.Span) -> None:
    """Let one change of a chain of deputies at a time be made: lock person and deputy, then the absences on some of the days.

    Of two changes that make a circle together, each names a person of the other's, or both lock the absence between them.
    """
    staff, absence = Staff.__table__.c, Absence.__table__.c
    people = select(staff.id).where(staff.id.in_({span.person_id, span.deputy_id})).order_by(staff.id)
    near = select(absence.id).where(absence.until_on >= span.from_on, absence.from_on <= span.until_on).order_by(absence.id)
    for held in (people, near):
        session.connection().execute(held.with_for_update(key_share=True))


def match_absent(_parent: int | None) -> Conditions:
    """Return the conditions of the people whose absences the viewer may enter, for a picker: open accounts within reach."""
    viewer = current_viewer()
    reach = viewer.reach("Absences", ("can_add",))
    if reach is Reach.ALL:
        return [Staff.active.is_(True)]
    tree = viewer.profile.tree if viewer.profile is not None and reach is Reach.DEPARTMENT else ()
    return [Staff.active.is_(True), or_(Staff.id == viewer.id, Staff.department_id.in_(sorted(tree)))]


def read_absence_facts(person_id: int) -> Pairs:
    """Return, from today on, when a person is absent and for whom they were named as deputy, for their own profile."""
    absence = Absence.__table__.c
    ahead = (
        select(absence.owner_id, absence.deputy_id, absence.from_on, absence.until_on)
        .where(absence.until_on >= clock.today(), absence.deleted_at.is_(None), absence.owner_id.is_not(None))
        .where(or_(absence.owner_id == person_id, absence.deputy_id == person_id))
        .order_by(absence.from_on, absence.id)
        .limit(SHOWN)
    )
    rows = db.session.connection().execute(ahead).all()
    return [(_("Absent"), _say_span(row, row.deputy_id)) for row in rows if row.owner_id == person_id] + [
        (_("Stands in for"), _say_span(row, row.owner_id)) for row in rows if row.deputy_id == person_id
    ]


def _say_span(row: Row[tuple[int, int, date, date]], other_id: int) -> str:
    """Return an absence in one line: the days, and who else it is about."""
    days = show(row.from_on) if row.from_on == row.until_on else f"{show(row.from_on)} – {show(row.until_on)}"
    return f"{days} · {name_of_person(other_id)}"

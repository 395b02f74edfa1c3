"""Telling people of what concerns them, and reading what they were told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from flask import url_for
from sqlalchemy import BindParameter, ColumnElement, ScalarSelect, String, cast, func, select
from sqlalchemy.orm import Session

from ..core.access.directory import name_of_actor
from ..core.access.screens import screen_of_module
from ..core.access.viewer import Viewer, current_viewer
from ..core.base import clock
from ..core.base.formatting import show
from ..core.base.notice_kinds import NOTICE_KINDS, NoticeKind
from ..core.base.showing import show_safely
from ..core.writes import bulk
from ..extensions import db
from .models import Notice

SHOWN = 50


@dataclass(frozen=True)
class NoticeLine:
    """A notice as the page prints it."""

    text: str
    url: str
    at: str
    is_new: bool


def kind_of(notice: Notice) -> NoticeKind:
    """Return the kind of a notice. Raises KeyError for one that no manifest declares any more."""
    kind = NOTICE_KINDS.find(notice.kind)
    if kind is None:
        raise KeyError(notice.kind)
    return kind


def notify(session: Session, staff_id: int | None, kind: str, row: Any) -> None:
    """Tell a person of something done to a row, in the session's transaction; nobody is told of their own doing."""
    actor_id = current_viewer().id
    if staff_id is None or staff_id == actor_id:
        return
    values = {
        "staff_id": staff_id, "actor_id": actor_id, "at": clock.now(), "kind": kind, "module": row.policy.module, "row_id": row.id,
        "label": str(row)[:200],
    }  # fmt: skip
    bulk.append(session, Notice, values)


def select_unread(person: BindParameter[int], _today: BindParameter[date]) -> ScalarSelect[str]:
    """Select how many notices a person has not read, as text: a part of the profile."""
    notice = Notice.__table__.c
    unread = select(func.count()).select_from(Notice.__table__).where(notice.staff_id == person, notice.read_at.is_(None))
    return select(cast(unread.scalar_subquery(), String)).scalar_subquery()


def count_unread(viewer: Viewer) -> Mapping[str, object]:
    """Return what every page prints on the bell; no statement."""
    return {"unread": int(viewer.profile.parts.get("notices") or 0) if viewer.profile is not None else 0}


def mark_read(which: ColumnElement[bool]) -> None:
    """Mark these of the unread notices as read, and commit."""
    bulk.amend(db.session(), Notice, which & Notice.read_at.is_(None), {"read_at": clock.now()})
    db.session.commit()


def find_own(notice_id: int) -> Notice | None:
    """Return one of the viewer's own notices; None for any other."""
    return db.session.scalar(select(Notice).where(Notice.id == notice_id, Notice.staff_id == current_viewer().id))


def read_newest() -> list[NoticeLine]:
    """Return the viewer's newest notices in words."""
    statement = select(Notice).where(Notice.staff_id == current_viewer().id).order_by(Notice.id.desc()).limit(SHOWN)
    return read_lines(list(db.session.scalars(statement)))


def read_lines(notices: Sequence[Notice]) -> list[NoticeLine]:
    """Return notices in words; one statement for each module that they tell of."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for notice in notices:
        kind = NOTICE_KINDS.find(notice.kind)
        if kind is not None and not kind.endpoint:
            wanted[notice.module].add(notice.row_id)
    seen = {(module, row_id) for module, ids in wanted.items() for row_id in _find_reached(module, ids)}
    return [
        NoticeLine(
            show_safely(notice, notice.kind, partial(_describe, is_seen=(notice.module, notice.row_id) in seen)),
            url_for("NoticesView.open", pk=notice.id),
            show_safely(notice, "at", lambda one: str(show(one.at))),
            notice.read_at is None,
        )
        for notice in notices
    ]


def _find_reached(module: str, ids: set[int]) -> Iterable[int]:
    """Return which of a module's rows the viewer still reaches; none of one without a screen, or in the bin."""
    screen = screen_of_module(module)
    return db.session.scalars(select(screen.datamodel.obj.id).where(screen.datamodel.obj.id.in_(ids))) if screen is not None else ()


def _describe(notice: Notice, *, is_seen: bool) -> str:
    kind, who = kind_of(notice), name_of_actor(notice.actor_id)
    if is_seen or kind.unseen is None:
        return kind.sentence(who, notice.label)
    return kind.unseen(who)


def find_target(notice: Notice) -> str | None:
    """Return the address that a notice leads to; None when there is no such page."""
    kind = NOTICE_KINDS.find(notice.kind)
    if kind is not None and kind.endpoint:
        return url_for(kind.endpoint, pk=notice.row_id)
    screen = screen_of_module(notice.module)
    return str(screen.url("show", notice.row_id)) if screen is not None and kind is not None else None

"""Notices: what others did that concerns a person, counted on the bell, kept until read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, ForeignKey, Index, ScalarSelect, String, cast, func, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from ...extensions import db
from ..access.directory import name_of_actor
from ..access.viewer import add_profile_part, current_viewer
from ..base import clock
from ..base.formatting import show
from ..base.input_guard import parse_id
from ..base.screens import screen_of_module
from ..base.showing import show_safely

SHOWN = 50
SENTENCES: dict[str, Callable[[str, str], str]] = {
    "assigned": lambda who, label: _("%(who)s assigned %(label)s to you", who=who, label=label),
    "given": lambda who, label: _("%(who)s gave %(label)s to you", who=who, label=label),
    "shared": lambda who, label: _("%(who)s shares %(label)s with you", who=who, label=label),
}
# The same of a row that the person no longer reaches: what it was called is theirs no more.
UNSEEN: dict[str, Callable[[str], str]] = {
    "assigned": lambda who: _("%(who)s assigned an entry to you that you no longer see", who=who),
    "given": lambda who: _("%(who)s gave an entry to you that you no longer see", who=who),
    "shared": lambda who: _("%(who)s shared an entry with you that you no longer see", who=who),
}
ENDPOINTS: dict[str, str] = {}  # of the kinds that do not lead to the record itself


def register_kind(kind: str, sentence: Callable[[str, str], str], endpoint: str) -> None:
    """Let a module tell people of something of its own; the notice leads to its page."""
    SENTENCES[kind], ENDPOINTS[kind] = sentence, endpoint


class Notice(db.Model):
    """One thing that one person is told. `label` is what the row was called then; printed only to who still reaches it."""

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_staff_id_read_at", "staff_id", "read_at"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), default=None)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    kind: Mapped[str] = mapped_column(String(20))
    module: Mapped[str] = mapped_column(String(60))
    row_id: Mapped[int] = mapped_column()
    label: Mapped[str] = mapped_column(String(200), default="")
    read_at: Mapped[datetime | None] = mapped_column(default=None)


@dataclass(frozen=True)
class NoticeLine:
    """A notice as the page prints it."""

    text: str
    url: str
    at: str
    is_new: bool


def _select_unread(person: Any, _today: Any) -> ScalarSelect[Any]:
    notice = Notice.__table__.c
    unread = select(func.count()).select_from(Notice.__table__).where(notice.staff_id == person, notice.read_at.is_(None))
    return select(cast(unread.scalar_subquery(), String)).scalar_subquery()


def install() -> None:
    """Count what is unread in the statement that every request begins with."""
    add_profile_part("notices", _select_unread)


def notify(session: Session, staff_id: int | None, kind: str, row: Any) -> None:
    """Tell a person of something done to a row, in the session's transaction; nobody is told of their own doing."""
    actor_id = current_viewer().id
    if staff_id is None or staff_id == actor_id:
        return
    session.connection().execute(
        insert(Notice.__table__).values(
            staff_id=staff_id, actor_id=actor_id, at=clock.now(), kind=kind, module=row.policy.module, row_id=row.id, label=str(row)[:200],
        )
    )  # fmt: skip


def count_unread() -> int:
    """Return how many notices the viewer has not read; no statement."""
    profile = current_viewer().profile
    return int(profile.parts.get("notices") or 0) if profile is not None else 0


def _mark_read(which: ColumnElement[bool]) -> None:
    """Mark these of the unread notices as read, and commit."""
    notice = Notice.__table__
    db.session.connection().execute(update(notice).where(which, notice.c.read_at.is_(None)).values(read_at=clock.now()))
    db.session.commit()


def read_lines(notices: Sequence[Notice]) -> list[NoticeLine]:
    """Return notices in words; one statement for each module that they tell of."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for notice in notices:
        if notice.kind not in ENDPOINTS:
            wanted[notice.module].add(notice.row_id)
    seen = {(module, row_id) for module, ids in wanted.items() for row_id in _find_reached(module, ids)}
    return [
        NoticeLine(
            show_safely(notice, notice.kind, partial(_say, is_seen=(notice.module, notice.row_id) in seen)),
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


def _say(notice: Notice, *, is_seen: bool) -> str:
    who = name_of_actor(notice.actor_id)
    if is_seen or notice.kind in ENDPOINTS:
        return SENTENCES[notice.kind](who, notice.label)
    return UNSEEN[notice.kind](who)


class NoticesView(BaseView):
    """One's own notices."""

    route_base = "/notices"
    default_view = "notices"

    @expose("/", methods=["GET"])
    def notices(self) -> ResponseReturnValue:
        """Show the newest notices; those that are new are marked."""
        viewer = current_viewer()
        if viewer.profile is None:
            return redirect(url_for("SignInView.login", next=request.full_path))
        statement = select(Notice).where(Notice.staff_id == viewer.id).order_by(Notice.id.desc()).limit(SHOWN)
        lines = read_lines(list(db.session.scalars(statement)))
        return self.render_template("ui/notices.html", title=_("Notices"), lines=lines)

    @expose("/open/<pk>", methods=["POST"])
    def open(self, pk: str) -> ResponseReturnValue:
        """Go to what one of one's own notices tells of, and mark that notice as read; 404 for any other."""
        viewer = current_viewer()
        if viewer.profile is None:
            return redirect(url_for("SignInView.login"))
        number = parse_id(pk) or 0
        notice = db.session.scalar(select(Notice).where(Notice.id == number, Notice.staff_id == viewer.id))
        if notice is None:
            abort(404)
        screen = screen_of_module(notice.module)
        if notice.kind not in ENDPOINTS and screen is None:
            abort(404)
        target = url_for(ENDPOINTS[notice.kind], pk=notice.row_id) if notice.kind in ENDPOINTS else screen.url("show", notice.row_id)
        _mark_read(Notice.id == number)
        return redirect(target)

    @expose("/read", methods=["POST"])
    def read(self) -> ResponseReturnValue:
        """Mark every notice of one's own as read."""
        viewer = current_viewer()
        if viewer.profile is None:
            return redirect(url_for("SignInView.login"))
        _mark_read(Notice.staff_id == viewer.id)
        flash(_("All notices are read"), "success")
        return redirect(url_for("NoticesView.notices"))

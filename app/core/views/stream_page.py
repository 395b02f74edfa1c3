"""The stream of a record page: its own changes, comments and files, and what the modules tell, by filters that are plain links."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TypeVar

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Integer, Select, bindparam, select

from ...extensions import db
from ..access.directory import name_of_actor
from ..access.mixins import Owned
from ..access.scope import CACHED_OPTION
from ..access.screens import ScreenBase
from ..access.viewer import current_viewer
from ..base.caches import once_each
from ..base.entities import Item
from ..base.urls import find_address, link_with
from ..base.workspace import Choice, Event, Stream
from ..history.wording import make_line, read_values
from ..parts.models import Attachment, Comment, Part
from ..parts.queries import find_part
from ..writes.history import HistoryEntry
from .timeline import EVENTS, Older, Source, group_days, read_page, shorten, tell_each

ALL = ""
STREAM = "stream"  # the argument of the page that shows all of it


class StreamPages(ScreenBase[Item]):
    """Mixed into a view of owned rows: builds the `Stream` of a record."""

    status_field = ""  # the column whose changes the stage bar and the stream tell; "" for a screen without one

    def has_stream(self) -> bool:
        """Tell whether records of this screen have a stream: a status, comments or files, or events of a module's."""
        if not issubclass(self.model, Owned):
            return False
        parts = (find_part(part, self.model) for part in (Comment, Attachment))
        return bool(self.status_field or any(parts) or EVENTS.find(self.class_permission_name))

    def make_stream(self, item: Item, changes: Sequence[HistoryEntry]) -> Stream | None:
        """Return the page of the stream that the address asks for; None where it asks for something else, or there is no stream."""
        if not isinstance(item, Owned) or not self.has_stream():
            return None
        sources = self._list_sources(item, changes)
        chosen = request.args.get("show", ALL)
        asked = [(rank, source) for rank, source in enumerate(sources) if chosen in (ALL, STREAM, source.name)]
        events, older = read_page(item, asked, request.args.get("before", ""))
        stream = Stream(group_days(events), self._make_filters(sources, chosen), link_with(before=older) if older else None)
        stream.is_older = "before" in request.args
        whole = next((source for _rank, source in asked if source.endpoint and source.name == chosen), None)
        if whole is not None:
            stream.list_url, stream.list_label = f"{find_address(whole.endpoint)}?{whole.argument}={item.id}", whole.label
        return stream

    def _list_sources(self, item: Owned, changes: Sequence[HistoryEntry]) -> list[Source]:
        """Return whence the stream of a record comes, for this viewer; the place of a source in it is its rank."""
        viewer = current_viewer()
        found = [
            source for source in EVENTS.all_of(self.class_permission_name) if not source.module or viewer.may("can_list", source.module)
        ]
        if (comments := find_part(Comment, self.model)) is not None:
            found.append(Source("notes", _l("Comments and files"), partial(_read_comments, comments)))
        if (files := find_part(Attachment, self.model)) is not None:
            found.append(Source("notes", _l("Comments and files"), partial(self._read_files, files)))
        return [*found, Source("changes", "", partial(self._tell_changes, changes))]

    @staticmethod
    def _make_filters(sources: Sequence[Source], chosen: str) -> list[Choice]:
        labels = {source.name: source.label for source in sources if source.label}
        filters = [Choice(_("All"), link_with(show=None, before=None, edit=None), chosen not in labels)]
        return filters + [Choice(label, link_with(show=name, before=None, edit=None), name == chosen) for name, label in labels.items()]

    def _read_files(self, kind: type[Attachment], item: Owned, older: Older) -> list[Event]:
        def tell(row: Attachment) -> list[Event]:
            size, url = f"{row.size / 1024:,.0f} KB", self.url("attachment", row.id)
            return [Event(row.created_at, row.name, "paperclip", size, who=name_of_actor(row.created_by_id), url=url, key=row.id)]

        return tell_each(_read_newest(kind, item, older), tell)

    def _tell_changes(self, changes: Sequence[HistoryEntry], item: Owned, _older: Older) -> list[Event]:
        """Return that the record was entered, and each change of its status and its owner."""
        names = read_values(type(item), list(changes))
        found = [Event(item.created_at, _("Entered"), "plus", who=name_of_actor(item.created_by_id), is_minor=True)]
        for line in changes:
            told = make_line(self, type(item), line, names, item)
            icon = "refresh" if line.field == "owner_id" else "tag"
            words = _("%(old)s → %(new)s", old=told.old or "–", new=told.new or "–")
            found.append(Event(line.at, told.field, icon, words, who=told.who, is_minor=True, key=line.id))
        return found


def _read_comments(kind: type[Comment], item: Owned, older: Older) -> list[Event]:
    def tell(row: Comment) -> list[Event]:
        who = name_of_actor(row.created_by_id)
        return [Event(row.created_at, _("Comment"), "message", text=shorten(row.text), who=who, key=row.id)]

    return tell_each(_read_newest(kind, item, older), tell)


RECORD = "record_of_parts"  # parameter of a statement
P = TypeVar("P", bound=Part)


def _read_newest(kind: type[P], item: Owned, older: Older) -> Sequence[P]:
    if older.at is None:
        statement, options = _select_newest(kind, older.limit), {CACHED_OPTION: True}
    else:
        statement, options = _order(kind, *older.where(kind.created_at, kind.id)).limit(older.limit), {}
    return db.session.scalars(statement, {RECORD: item.id}, execution_options=options).all()


def _order(kind: type[Part], *where: ColumnElement[bool]) -> Select:
    mine = kind.record_id == bindparam(RECORD, type_=Integer)
    return select(kind).where(mine, *where).order_by(kind.created_at.desc(), kind.id.desc())


@once_each
def _select_newest(kind: type[Part], limit: int) -> Select:
    return _order(kind).limit(limit)

"""The base of every screen: FAB's generated CRUD view on our lists, forms and record pages.

A module's view declares columns, labels, facets and buttons. What may happen is the gate's to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import ModelView, expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ...extensions import db
from ..access.mixins import Owned
from ..access.scope import is_row_reached
from ..access.viewer import current_viewer, from_source
from ..base.formatting import show
from ..base.input_guard import parse_id
from ..base.lifecycle import Lifecycle, Move
from ..base.page_data import Button, Buttons, Tab, TabMaker
from ..base.screens import all_screens
from ..base.showing import show_safely
from ..base.urls import find_address
from ..forms.pages import FormPages
from ..lists.pages import ListPages
from ..writes import commit
from ..writes.row_data import write
from .deletion import ask_deletion
from .reach_page import ReachPages
from .record_page import RecordPages
from .share_tab import SharePages

CRUD = ["can_list", "can_show", "can_add", "can_edit", "can_delete"]
SCOPED = [*CRUD, "can_see_own", "can_see_department", "can_see_all", "can_pick", "can_export"]
READ_ONLY = ["can_list", "can_show"]


class DeskInterface(SQLAInterface):
    """FAB's interface, reading one row the way the scope reads: by SELECT, never from memory."""

    def get(self, id: Any, *args: Any, **kwargs: Any) -> Any:
        """Return the row with this id when the viewer reaches it; None for any other id, however odd."""
        number = parse_id(str(id))
        return self.session.scalar(select(self.obj).where(self.obj.id == number)) if number is not None else None


class DeskView(ListPages, RecordPages, FormPages, SharePages, ReachPages, ModelView):
    """One module's screens: list, record, add, edit, delete, moves and list actions."""

    list_template = "appbuilder/general/model/list.html"
    exclude_route_methods = {"download"}
    base_permissions: Any = CRUD
    new_label: Any = _l("New")
    lifecycle: Lifecycle | None = None
    cells: Mapping[str, Callable[[Any], Any]] = {}
    code_words: Mapping[str, Callable[[str], Any]] = {}  # column -> its kept text in words, for the history; None: as it stands
    show_options: Sequence[Any] = ()
    wide_columns: frozenset[str] = frozenset({"remark", "text", "result", "description", "address", "contacts"})

    def __init__(self, **kwargs: Any) -> None:
        self.base_permissions = list(type(self).base_permissions)  # FAB appends to it
        self.label_columns = dict(type(self).label_columns or {})  # FAB fills it up with names of its own making
        self._words = {}
        if not (issubclass(self.datamodel.obj, Owned) and self.datamodel.obj.policy.share_key == "id"):
            self.exclude_route_methods = {*self.exclude_route_methods, "share", "unshare"}
        if not issubclass(self.datamodel.obj, Owned):
            self.exclude_route_methods = {*self.exclude_route_methods, "reach"}
        super().__init__(**kwargs)

    # -- what the viewer may do ---------------------------------------------------------------------------------

    def may(self, action: str) -> bool:
        """Tell whether the viewer has the action on this module, whatever the row."""
        return action in self.base_permissions and current_viewer().may(action, self.class_permission_name)

    def may_do(self, action: str, item: Any) -> bool:
        """Tell whether the viewer has the action on this row."""
        if action not in self.base_permissions:
            return False
        if isinstance(item, Owned):
            return is_row_reached(current_viewer(), item, (action,), writing=True)
        return self.may(action)

    def find_or_404(self, pk: Any) -> Any:
        """Return the row; 404 when it does not exist or is out of reach, alike."""
        number = parse_id(str(pk))
        if number is None:
            abort(404)
        statement = select(self.datamodel.obj).where(self.datamodel.obj.id == number).options(*self.show_options)
        item = db.session.scalar(statement)
        if item is None:
            abort(404)
        return item

    def url(self, method: str, item: Any = None, **values: Any) -> str:
        """Return the address of one of this view's pages."""
        if item is not None:
            values["pk"] = item if isinstance(item, int) else item.id
        page = f"{self.endpoint}.{method}"
        return url_for(page, **values) if values else find_address(page)

    # -- pages --------------------------------------------------------------------------------------------------

    @expose("/list/", methods=["GET"])
    @expose("/", methods=["GET"])
    @has_access
    def list(self) -> ResponseReturnValue:
        """Show the list; opened without arguments, in the person's default view."""
        layout = self.read_layout()
        if layout.start_url is not None:
            return redirect(layout.start_url)
        return self.render_template(
            self.list_template,
            title=self.list_title,
            listing=self.make_listing(layout=layout),
            new_url=self.url("add") if self.may("can_add") else None,
            new_label=self.new_label,
            lead=getattr(self, "lead", None),
        )

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk: str) -> ResponseReturnValue:
        """Show one record."""
        item = self.find_or_404(pk)
        title = show_safely(item, "name", self.name_of)
        return self.render_template(self.show_template, title=title, record=self.make_record(item), item=item)

    @expose("/delete/<pk>", methods=["POST"])
    @has_access
    def delete(self, pk: str) -> ResponseReturnValue:
        """Put one record in the bin (owned rows) or delete it (entries of lists)."""
        item = self.find_or_404(pk)
        name = self.name_of(item)
        db.session.delete(item)
        if self.commit_or_flash("form"):
            flash(_("%(name)s deleted", name=name), "success")
            return redirect(self.url("list"))
        return redirect(self.url("show", int(pk)))

    @expose("/move/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def move(self, pk: str) -> ResponseReturnValue:
        """Make one of the lifecycle's moves, with the data it needs."""
        item = self.find_or_404(pk)
        found = [m for m in (self.lifecycle.moves if self.lifecycle else ()) if m.name == request.form.get("move")]
        if not found:
            abort(404)
        given = {"status": found[0].target}
        for field in self.move_fields(found[0]):
            given[field] = request.form.get(field, "").strip()
        write(item, given)
        refusal = commit.find_refusal("action")
        if refusal is not None:
            return self.show_again(pk, self.url("move", int(pk)), refusal)
        flash(commit.say_saved(self.name_of(item)), "success")
        return redirect(self.url("show", int(pk)))

    @expose("/action/<string:name>/<pk>", methods=["POST"])
    def action(self, name: str, pk: str) -> ResponseReturnValue:
        """Run a list action on one record."""
        return self._run_action(name, [pk])

    @expose("/action_post", methods=["POST"])
    def action_post(self) -> ResponseReturnValue:
        """Run a list action on the chosen records."""
        return self._run_action(request.form.get("action", ""), request.form.getlist("rowid")[:500])

    # -- pieces -------------------------------------------------------------------------------------------------

    def _run_action(self, name: str, pks: Sequence[str]) -> ResponseReturnValue:
        action = self.actions.get(name)
        if not current_viewer().profile:
            abort(401)
        if action is None:
            abort(404)
        if not self.appbuilder.sm.has_access(self.get_action_permission_name(name), self.class_permission_name):
            abort(403)
        items = [item for item in (self.datamodel.get(pk) for pk in pks) if item is not None]
        if len(items) < len(pks) or not items:
            abort(404)
        with from_source("action"):
            return action.func(items)

    def commit_or_flash(self, way: str) -> bool:
        """Commit; on a refusal show its sentence. Returns whether it was saved."""
        refusal = commit.find_refusal(way)
        if refusal is not None:
            flash(str(refusal), "danger")
        return refusal is None

    @staticmethod
    def move_fields(move: Move) -> Sequence[str]:
        """Return the fields that the move's dialog asks for; others come from the record itself."""
        return [name for name in (move.needs or {}) if name == "status_reason"]

    def cell(self, row: Any, column: str) -> Any:
        """Return one value of a row as a person reads it."""
        made = self.cells.get(column)
        return made(row) if made else show(getattr(row, column))

    def buttons_of(self, item: Any) -> Buttons:
        """Return what the viewer may do with this record; the last is the main one."""
        buttons = []
        if self.may_do("can_delete", item):
            question = ask_deletion(item, self.name_of(item))
            buttons.append(Button(_("Delete"), self.url("delete", item), "post", danger=True, confirm=question, icon="trash"))
        if self.may_do("can_edit", item):
            buttons.extend(self._move_buttons(item))
            buttons.append(Button(_("Edit"), self.url("edit", item), primary=True, icon="edit"))
        return buttons

    def _move_buttons(self, item: Any) -> Buttons:
        if self.lifecycle is None:
            return []
        url = self.url("move", item)
        moves = self.lifecycle.moves_from(item.status)
        return [Button(move.label, url, "dialog", danger=move.is_danger, fields=self.move_form(move, item)) for move in moves]


def child_tab(view: type[DeskView], column: Any, name: str) -> TabMaker:
    """Return the maker of a tab that lists a view's rows under a parent; `name` is the parent's field in the add form."""

    def make(parent: Any) -> Tab | None:
        screen = next(known for known in all_screens() if isinstance(known, view))
        if not screen.may("can_list"):
            return None
        listing = screen.make_listing(column == parent.id, embedded=True)
        new_url = screen.url("add", **{name: parent.id}) if screen.may("can_add") else None
        count = listing.total
        return Tab(screen.route_base.strip("/"), screen.list_title, count, listing, new_url=new_url, new_label=screen.new_label)

    return make


__all__ = ["CRUD", "READ_ONLY", "SCOPED", "DeskInterface", "DeskView", "child_tab"]

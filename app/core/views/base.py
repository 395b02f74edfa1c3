"""The base of every screen: FAB's generated CRUD view on our lists, forms and record pages.

A module's view declares columns, labels, facets and buttons. What may happen is the gate's to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask import abort, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_appbuilder import ModelView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ...extensions import db
from ..access.mixins import Owned
from ..access.screens import DeskInterface
from ..access.viewer import current_viewer, from_source
from ..base.entities import Item
from ..base.i18n import Words
from ..base.page_data import Button, Buttons
from ..forms.pages import FormPages
from ..forms.undo import find_restoring, offer
from ..lists.pages import ListPages
from ..writes import commit
from .compose import ComposePages
from .deletion import ask_deletion
from .inline import InlinePages
from .moves import MovePages
from .reach_page import ReachPages

CRUD = ["can_list", "can_show", "can_add", "can_edit", "can_delete"]
SCOPED = [*CRUD, "can_see_own", "can_see_department", "can_see_all", "can_pick", "can_export"]
READ_ONLY = ["can_list", "can_show"]


class DeskView(ListPages[Item], ComposePages[Item], InlinePages[Item], MovePages[Item], FormPages[Item], ReachPages[Item], ModelView):
    """One module's screens: list, record, add, edit, delete, moves and list actions."""

    list_template = "appbuilder/general/model/list.html"
    exclude_route_methods = {"download"}
    base_permissions = CRUD
    new_label: Words = _l("New")
    lead: Words | None = None  # a sentence above the list

    def __init__(self, **kwargs: object) -> None:
        self.base_permissions = list(type(self).base_permissions)  # FAB appends to it
        self.label_columns = dict(type(self).label_columns or {})  # FAB fills it up with names of its own making
        self._words = {}
        self.status_field = self.status_field or ("status" if self.lifecycle is not None else "")
        self.exclude_route_methods = {*self.exclude_route_methods, *self._find_idle_methods()}
        super().__init__(**kwargs)

    def _find_idle_methods(self) -> Iterator[str]:
        """Yield the pages that this screen does not have."""
        if "can_export" not in self.base_permissions:
            yield "export"
        if self.totals is None:
            yield "sums"
        if type(self).facets is ListPages.facets:
            yield "facet"
        if not issubclass(self.model, Owned):
            yield from ("reach", "share", "unshare")
        elif self.model.policy.share_key != "id":
            yield from ("share", "unshare")
        yield from self.find_idle_parts()
        if not self.has_composer():
            yield "compose"
        if not self.inline_forms:
            yield "inline"

    # -- Flask-AppBuilder's steps when a screen is made ----------------------------------------------------------

    def _init_properties(self) -> None:
        self.add_fields()
        super()._init_properties()
        self.name_fields()

    def _init_forms(self) -> None:
        super()._init_forms()
        self.bind_forms()

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
            lead=self.say_lead(),
        )

    def say_lead(self) -> Words | None:
        """Return the sentence above the list; a view says here what depends on rows."""
        return self.lead

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk: str) -> ResponseReturnValue:
        """Show one record."""
        return self.show_record(self.find_or_404(pk))

    @expose("/delete/<pk>", methods=["POST"])
    @has_access
    def delete(self, pk: str) -> ResponseReturnValue:
        """Put one record in the bin (owned rows) or delete it (entries of lists)."""
        item = self.find_or_404(pk)
        name, row_id = self.name_of(item), item.id
        db.session.delete(item)
        if self.commit_or_flash("form"):
            flash(_("%(name)s deleted", name=name), "success")
            offer(find_restoring(self.model, row_id))
            return redirect(self.url("list"))
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

    def buttons_of(self, item: Item) -> Buttons:
        """Return what the viewer may do with this record; the last is the main one."""
        buttons = []
        if self.may_do("can_delete", item):
            question = ask_deletion(item, self.name_of(item))
            buttons.append(Button(_("Delete"), self.url("delete", item), "post", danger=True, confirm=question, icon="trash"))
        if self.may_do("can_edit", item):
            buttons.append(Button(_("Edit"), self.url("edit", item), primary=True, icon="edit"))
        return buttons


__all__ = ["CRUD", "READ_ONLY", "SCOPED", "DeskInterface", "DeskView"]

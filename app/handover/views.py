"""Screens of handovers: choose, divide, preview, run; the list, the record, what one received, the sheet."""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ..core.access.directory import name_of_person
from ..core.access.viewer import SEE, current_viewer
from ..core.base import clock
from ..core.base.errors import RuleViolation
from ..core.base.formatting import badge, show
from ..core.base.i18n import Words
from ..core.base.input_guard import parse_id
from ..core.base.page_data import Button, Buttons, Pairs, Tab
from ..core.forms import lookups
from ..core.views.base import DeskInterface, DeskView
from . import moving, rules, undoing
from .forms import read_plan, read_plan_to_show
from .holdings import holdings_for
from .models import Handover
from .pages import make_plan_page, make_preview_page, make_reassign_page, make_start_page
from .queries import count_items, find_received, read_items
from .receivers import check_start
from .sheet import has_sheets, read_sheets

STATES = {"done": (_l("Done"), "green"), "undone": (_l("Undone"), "grey"), "partly": (_l("Partly undone"), "amber")}
KINDS = {"handover": _l("Handover"), "reassign": _l("Reassignment")}


class HandoverView(DeskView[Handover]):
    """Handovers."""

    datamodel = DeskInterface(Handover)
    route_base = "/handover"
    class_permission_name = "Handover"
    base_permissions = [
        "can_list", "can_show", "can_add", "can_undo", "can_close_account", "can_see_department", "can_see_all",
    ]  # fmt: skip
    exclude_route_methods = {"download", "edit", "delete", "move", "action", "action_post", "export"}
    list_title, add_title, new_label = _l("Handovers"), _l("New handover"), _l("New handover")
    edit_title = _l("Handover")
    label_columns = {
        "number": _l("Number"), "leaver": _l("Who leaves"), "kind": _l("Kind"), "created_by_id": _l("By"), "created_at": _l("When"),
        "moved": _l("Moved"), "followed": _l("With them"), "state": _l("State"), "note": _l("Note"), "keep_until": _l("Reads until"),
        "closed_account": _l("Account closed"), "restored": _l("Restored"), "undone_at": _l("Undone at"), "receivers": _l("Receivers"),
    }  # fmt: skip
    list_columns = ["number", "kind", "leaver", "created_by_id", "created_at", "moved", "followed", "state"]
    show_columns = [
        "kind", "leaver", "created_by_id", "created_at", "receivers", "keep_until", "closed_account", "restored", "undone_at", "note",
    ]  # fmt: skip
    search_columns = order_columns = ["number"]
    search_column = "number"
    add_columns = edit_columns = ["note"]
    number_columns = frozenset({"moved", "followed"})
    empty_text = _l("When someone leaves, hand over their customers and tickets here, with a preview and a way back.")
    wide_columns = frozenset({"note", "receivers"})
    code_words = {"state": lambda text: STATES[text][0], "kind": KINDS.get}
    cells = {
        "leaver": lambda row: row.leaver_name,
        "kind": lambda row: str(KINDS[row.kind]),
        "created_by_id": lambda row: name_of_person(row.created_by_id),
        "state": lambda row: badge(*STATES[row.state]),
        "receivers": lambda row: "\n".join(_("%(name)s: %(value)s", name=name, value=n) for name, n in count_items(row)),
    }

    def heading_of(self, item: Handover) -> str:
        return item.leaver_name or str(KINDS[item.kind])

    def badge_of(self, item: Handover) -> Words:
        return badge(*STATES[item.state])

    def facts_of(self, item: Handover) -> Pairs:
        return [(_("Moved"), f"{item.moved:,}"), (_("With them"), f"{item.followed:,}")]

    def buttons_of(self, item: Handover) -> Buttons:
        buttons = [Button(_("Print"), self.url("sheet", item), icon="file-text")] if has_sheets(item) else []
        if rules.is_undoable(state=item.state, done_at=item.created_at, now=clock.now()) and self.may("can_undo"):
            question = _("Undo %(number)s? What nobody has touched since goes back; the rest stays and is listed.", number=item.number)
            buttons.append(Button(_("Undo"), self.url("undo", item), "post", danger=True, confirm=question, icon="refresh"))
        return buttons

    def extra_tabs(self, item: Handover) -> Sequence[Tab]:
        rows = read_items(item)
        tab = Tab("rows", _("What was moved"), item.moved, template="handover/items.html", data=rows, is_main=True)
        return [tab, *super().extra_tabs(item)]

    @expose("/add", methods=["GET"])
    @has_access
    def add(self) -> ResponseReturnValue:
        """Choose who leaves and who takes over."""
        return self.render_template("handover/start.html", **make_start_page())

    @expose("/plan", methods=["GET"])
    @has_access
    @permission_name("add")
    def plan(self) -> ResponseReturnValue:
        """Show what the leaver holds, and how it is to be divided."""
        return self._show_plan() if request.args else redirect(self.url("add"))

    def _show_plan(self, refusal: RuleViolation | None = None) -> ResponseReturnValue:
        viewer = current_viewer()
        plan, unread = read_plan_to_show(request.values, holdings_for(viewer))
        try:
            check_start(plan)
        except RuleViolation as error:
            return self.render_template("handover/start.html", **make_start_page([str(error)])), 422
        shown = unread or refusal
        page = make_plan_page(plan, viewer, [str(shown)] if shown is not None else [])
        return self.render_template("handover/plan.html", **page), 422 if shown is not None else 200

    @expose("/preview", methods=["POST"])
    @has_access
    @permission_name("add")
    def preview(self) -> ResponseReturnValue:
        """Show exactly what would move to whom. Writes nothing."""
        if request.form.get("back"):
            return self._show_plan()
        try:
            page = make_preview_page(request.form, current_viewer())
        except RuleViolation as refusal:
            return self._show_plan(refusal)
        return self.render_template("handover/preview.html", **page)

    @expose("/run", methods=["POST"])
    @has_access
    @permission_name("add")
    def run(self) -> ResponseReturnValue:
        """Move what the preview showed, in one transaction."""
        holdings = holdings_for(current_viewer())
        try:
            handover = moving.run(read_plan(request.form, holdings), holdings, request.form.get("seen", ""))
        except RuleViolation as refusal:
            return self._show_plan(refusal)
        counts = {"number": handover.number, "n": handover.moved, "m": handover.followed}
        flash(_("%(number)s is done: %(n)s moved, %(m)s with them", **counts), "success")
        return redirect(self.url("show", handover.id))

    @expose("/reassign", methods=["POST"])
    @has_access
    @permission_name("add")
    def reassign(self) -> ResponseReturnValue:
        """Choose the new owner of rows picked in a list."""
        page = make_reassign_page(request.form, current_viewer())
        return self.render_template("handover/reassign.html", **page) if page is not None else abort(404)

    @expose("/undo/<pk>", methods=["POST"])
    @has_access
    @permission_name("undo")
    def undo(self, pk: str) -> ResponseReturnValue:
        """Restore what nobody has touched since."""
        item = self.find_or_404(pk)
        item_id, moved = item.id, item.moved
        try:
            handover = undoing.undo(item_id)
        except RuleViolation as refusal:
            flash(str(refusal), "danger")
            return redirect(self.url("show", item_id))
        skipped = moved - handover.restored
        if skipped:
            flash(_("%(n)s restored; %(m)s stay where they are, see below why", n=handover.restored, m=skipped), "warning")
        else:
            flash(_("%(n)s restored", n=handover.restored), "success")
        return redirect(self.url("show", item_id) + "#rows")

    @expose("/received/<pk>", methods=["GET"])
    def received(self, pk: str) -> ResponseReturnValue:
        """Show a receiver what they were given."""
        handover = _find_received(pk)
        return self.render_template(
            "handover/received.html", title=str(handover), groups=read_items(handover, staff_id=current_viewer().id),
            handover=handover, giver=name_of_person(handover.created_by_id), when=show(handover.created_at),
            undoer=name_of_person(handover.undone_by_id) if handover.undone_at else None, undone=show(handover.undone_at),
        )  # fmt: skip

    @expose("/sheet/<pk>", methods=["GET"])
    def sheet(self, pk: str) -> ResponseReturnValue:
        """Show the sheet to print: all of a handover to those who may open it, one's own part to a receiver."""
        viewer, staff_id = current_viewer(), None
        handover = self.datamodel.get(pk) if any(viewer.may(action, "Handover") for action in SEE) else None
        if handover is None:
            handover, staff_id = _find_received(pk), viewer.id
        page = lookups.read_id("page") or 1
        sheets, more = read_sheets(handover, staff_id, max(page, 1))
        return self.render_template("handover/sheet.html", title=str(handover), sheets=sheets, next_page=page + 1 if more else None)


def _find_received(pk: str) -> Handover:
    """Return a handover by which the viewer was given something; 404 for any other."""
    viewer = current_viewer()
    if viewer.profile is None:
        abort(401)
    return find_received(_to_id(pk), viewer) or abort(404)


def _to_id(text: str) -> int:
    return parse_id(text) or 0

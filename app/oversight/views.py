"""Screens of the history and the bin."""

from __future__ import annotations

from collections.abc import Mapping

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from ..core.access.viewer import current_viewer
from ..core.base.errors import RuleViolation
from ..core.base.input_guard import parse_id
from ..core.base.urls import link_with
from ..core.forms.made import make_field
from ..core.writes.numbering import IssuedNumber
from . import bin as trash
from .queries import read_history
from .rules import REASON_NEEDED


class HistoryView(BaseView):
    """Who changed what, when and from which source, as far as the reader sees the records."""

    route_base = "/history"
    default_view = "list"
    class_permission_name = "History"
    base_permissions = ["can_list"]

    @expose("/", methods=["GET"])
    @has_access
    def list(self) -> ResponseReturnValue:
        """Show one page of the history."""
        return self.render_template(
            "oversight/history.html", title=_("History"), listing=read_history(request.args), batch=request.args.get("batch", "")
        )


class PurgeForm(FlaskForm):
    """The dialog that deletes a record for good."""

    reason = make_field(IssuedNumber, "reason", _l("Reason"), needed=REASON_NEEDED)


class BinView(BaseView):
    """Deleted records."""

    route_base = "/bin"
    default_view = "list"
    class_permission_name = "Bin"
    base_permissions = ["can_list", "can_purge"]

    @expose("/", methods=["GET"])
    @has_access
    def list(self) -> ResponseReturnValue:
        """Show what the viewer may restore."""
        return self._show(request.args)

    def _show(self, args: Mapping[str, str], refused: tuple[int, PurgeForm] | None = None) -> str:
        """Return the page; with the dialog of one record open, where its form was refused."""
        kinds, chosen, lines, more = trash.read_bin(args)
        number = parse_id(args.get("page"), digits=4) or 1
        tabs = [(label, count, url_for("BinView.list", kind=name), name == chosen) for name, label, count in kinds]
        return str(self.render_template(
            "oversight/bin.html", title=_("Bin"), tabs=tabs, lines=lines, may_purge=current_viewer().is_admin,
            next_url=f"{link_with(kind=chosen)}&page={number + 1}" if more else None,
            form=PurgeForm(formdata=None), refused=dict([refused] if refused is not None else []),
        ))  # fmt: skip

    @expose("/restore/<kind>/<pk>", methods=["POST"])
    @has_access
    @permission_name("list")
    def restore(self, kind: str, pk: str) -> ResponseReturnValue:
        """Take a record out of the bin."""
        row = trash.find_deleted(kind, pk)
        if row is None:
            abort(404)
        name, page = str(row), trash.find_page(row)
        try:
            trash.restore(row)
        except RuleViolation as refusal:
            flash(str(refusal), "danger")
            return redirect(url_for("BinView.list", kind=kind))
        flash(trash.describe_place(name), "success")
        return redirect(page)

    @expose("/purge/<kind>/<pk>", methods=["POST"])
    @has_access
    @permission_name("purge")
    def purge(self, kind: str, pk: str) -> ResponseReturnValue:
        """Delete a record for good."""
        row = trash.find_deleted(kind, pk)
        if row is None:
            abort(404)
        name, form = str(row), PurgeForm()
        if not form.validate():
            return self._show({"kind": kind}, (row.id, form)), 422
        try:
            trash.purge(row, form.reason.data.strip())
            flash(_("%(name)s is deleted for good", name=name), "success")
        except RuleViolation as refusal:
            flash(str(refusal), "danger")
        return redirect(url_for("BinView.list", kind=kind))

"""The “Shared with” part of a record page: lend a row to a colleague, take it back."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from ...extensions import db
from ..access.directory import name_of_person
from ..access.mixins import Owned
from ..access.scope import find_reason
from ..access.screens import ScreenBase
from ..access.viewer import EDIT, current_viewer, from_source
from ..base.entities import Item
from ..base.errors import RuleViolation
from ..base.input_guard import parse_id
from ..base.page_data import Tab
from ..forms.made import make_field
from ..sharing.rules import ACCESS_WORDS
from ..sharing.shares import Share, grant, read_row_shares, revoke
from ..writes import commit


class ShareForm(FlaskForm):
    """To whom, how far, until when."""

    staff = make_field(Share, "staff", _l("Colleague"))
    access = make_field(Share, "access", _l("Access"))
    until = make_field(Share, "until", _l("Until"), description=_l("Left empty, until you take it back."))


class SharePages(ScreenBase[Item]):
    """Mixed into a view of owned rows: the tab, and what its two forms send."""

    show_tab: Callable[[str, str, FlaskForm], ResponseReturnValue]  # the record page's

    def share_tab(self, item: Owned) -> list[Tab]:
        """Return the tab, for a person who may share the row."""
        if item.policy.share_key != "id" or find_reason(current_viewer(), item, EDIT, writing=True) in (None, "share"):
            return []

        def fill(tab: Tab) -> None:
            shares = read_row_shares(db.session(), item)
            rows = [(name_of_person(s.staff_id), ACCESS_WORDS[s.access], s.until or _("open-ended"), s.staff_id) for s in shares]
            tab.count = len(rows)
            tab.data = {
                "rows": rows, "form": ShareForm(formdata=None), "share_url": self.url("share", item),
                "unshare_url": self.url("unshare", item),
            }  # fmt: skip

        return [Tab("shares", _("Shared with"), template="ui/shares.html", fill=fill)]

    def _find_owned(self, pk: str) -> Owned:
        item = self.find_or_404(pk)
        return item if isinstance(item, Owned) else abort(404)

    @expose("/share/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def share(self, pk: str) -> ResponseReturnValue:
        """Lend the record to a colleague."""
        item, form = self._find_owned(pk), ShareForm()
        if not form.validate():
            return self.show_tab(pk, "shares", form)
        chosen = form.staff.data
        try:
            with from_source("form"), commit.refusals():
                grant(db.session(), item, chosen, form.access.data, form.until.data)
                db.session.commit()
            flash(_("Shared with %(name)s", name=name_of_person(chosen)), "success")
        except RuleViolation as refusal:
            db.session.rollback()
            if refusal.field in form:
                form[refusal.field].errors = [str(refusal)]
                return self.show_tab(pk, "shares", form)
            flash(str(refusal), "danger")
        return redirect(self.url("show", int(pk), show="shares"))

    @expose("/unshare/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def unshare(self, pk: str) -> ResponseReturnValue:
        """Take the record back from a colleague."""
        item = self._find_owned(pk)
        staff_id = request.form.get("staff", "")
        try:
            with from_source("form"):
                taken = revoke(db.session(), item, parse_id(staff_id) or 0)
                commit.commit()
            if taken:
                flash(_("No longer shared"), "success")
        except RuleViolation as refusal:
            db.session.rollback()
            flash(str(refusal), "danger")
        return redirect(self.url("show", int(pk), show="shares"))

"""Screens and REST resource of activities."""

from __future__ import annotations

from collections.abc import Sequence

from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import load_only, selectinload

from ..core.access.directory import PersonCell
from ..core.access.scope import is_row_reached
from ..core.access.viewer import current_viewer
from ..core.base import clock
from ..core.base.formatting import badge, show
from ..core.base.i18n import Words
from ..core.base.page_data import Button, Buttons, Pairs
from ..core.forms.made import make_field
from ..core.forms.undo import Undo
from ..core.lists.facets import DateRange, Facet, flag_facet, id_facet
from ..core.views.base import SCOPED, DeskInterface, DeskView
from ..core.views.rest import ApiInterface, DeskApi
from ..core.writes.option_sets import Choice, choice_options, first_of, name_of
from ..customers.queries import customer_facet
from ..staff.queries import department_facet, people_facet
from . import rules
from .models import Activity

LABELS = {
    "customer": _l("Customer"), "kind": _l("Kind"), "happened_at": _l("Happened at"), "entered_at": _l("Entered at"),
    "author": _l("Logged by"), "text": _l("What was said or done"), "result": _l("Result"), "next_step": _l("Next step"),
    "next_step_on": _l("Next step on"), "next_step_at": _l("Next step at"), "contact": _l("Spoken to"),
    "withdrawn_at": _l("Withdrawn at"), "withdrawn_by": _l("Withdrawn by"), "withdrawn_reason": _l("Reason of withdrawal"),
    "owner": _l("Salesperson"), "department": _l("Department"),
}  # fmt: skip


STEP = ["next_step", "next_step_on", "next_step_at"]


class WithdrawForm(FlaskForm):
    """The dialog that withdraws an activity."""

    withdrawn_reason = make_field(Activity, "withdrawn_reason", LABELS["withdrawn_reason"], needed=rules.REASON_NEEDED)


def kind_options() -> list[tuple[int, str]]:
    """Return the kinds of activity in use."""
    return choice_options("activity_kind")


def describe_kind(row: Activity) -> str:
    """Return the kind as a badge; a withdrawn activity says so."""
    return badge(_("Withdrawn"), "red") if row.withdrawn_at is not None else badge(name_of(Choice, row.kind_id), "grey")


class ActivitiesView(DeskView[Activity]):
    """Activities: withdrawn, never deleted."""

    datamodel = DeskInterface(Activity)
    route_base = "/activities"
    class_permission_name = "Activities"
    base_permissions = [*(p for p in SCOPED if p != "can_delete"), "can_withdraw"]
    exclude_route_methods = {"download", "delete"}
    list_title, add_title, edit_title = _l("Activities"), _l("New activity"), _l("Edit activity")
    new_label = _l("New activity")
    label_columns = LABELS
    has_plain_filters = True
    list_columns = ["text", "happened_at", "kind", "customer", "author", "next_step_on"]
    optional_columns = ["contact", "next_step", "next_step_at", "result", "entered_at", "withdrawn_reason"]
    second_lines = {"text": ("result",), "customer": ("contact",), "next_step_on": ("next_step",)}
    phone_columns = ("happened_at", "kind", "customer")
    show_columns = ["customer", "contact", "kind", "happened_at", "author", "entered_at", *STEP, "text", "result", "withdrawn_reason"]
    search_columns = order_columns = ["text"]
    search_column = "text"
    sort_columns = {"happened_at": "happened_at"}
    base_order = ("happened_at", "desc")
    empty_text = _l("Log each call, visit or mail right after it; they count as call volume.")
    add_columns = ["customer", "contact", "kind", "happened_at", "text", "result", *STEP]
    edit_columns = ["contact", "kind", "happened_at", "text", "result", *STEP]
    add_fieldsets = [
        (None, {"fields": ["customer", "contact", "kind", "happened_at", "text"]}),
        (None, {"fields": STEP}),
        (_l("Result"), {"fields": ["result"], "expanded": False}),
    ]
    form_options = {
        "contact": {"render_kw": {"wide": False}},
        "kind": {"default": lambda: first_of(kind_options())},
        "happened_at": {"default": clock.now},
        "next_step": {"description": _l("Becomes the customer's next step."), "render_kw": {"wide": True}},
    }
    cells = {
        "kind": describe_kind,
        "author": PersonCell("author_id"),
    }
    list_cells = {"text": str}  # its beginning; record and export have all of it
    show_options = (selectinload(Activity.customer), selectinload(Activity.contact))
    record_icon = "phone"
    eager = staticmethod(
        lambda: (
            load_only(Activity.id, Activity.text, Activity.happened_at, Activity.kind_id, Activity.customer_id, Activity.author_id,
                      Activity.next_step_on, Activity.withdrawn_at),
        )
    )  # fmt: skip

    def facets(self) -> Sequence[Facet]:
        """Offer the kind, “mine” and whether it was withdrawn."""
        kinds = [(str(key), label) for key, label in choice_options("activity_kind")]
        withdrawn = Activity.withdrawn_at.is_not(None)
        return [
            Facet("kind", _l("Kind"), lambda: kinds, id_facet(Activity.kind_id)),
            people_facet("author", _l("Logged by"), Activity.author_id, [("me", _("Me"))]),
            people_facet("owner", _l("Salesperson"), Activity.owner_id, is_main=False),
            customer_facet(Activity.customer_id),
            department_facet(Activity.department_id),
            Facet("withdrawn", _l("Withdrawn"), lambda: [("no", _("No")), ("yes", _("Yes"))], flag_facet(withdrawn), is_main=False),
        ]

    def ranges(self) -> Sequence[DateRange]:
        """Offer when it happened."""
        return [DateRange("happened", _l("Happened at"), Activity.happened_at, is_instant=True)]

    def badge_of(self, item: Activity) -> Words:
        return describe_kind(item)

    def facts_of(self, item: Activity) -> Pairs:
        return [(_("Customer"), item.customer_name or ""), (_("Logged by"), item.author_name or ""), ("", show(item.happened_at))]

    def buttons_of(self, item: Activity) -> Buttons:
        if item.withdrawn_at is not None:
            return []
        buttons = super().buttons_of(item)
        if self.may_withdraw(item):
            form = WithdrawForm(formdata=None)
            buttons.insert(0, Button(_("Withdraw"), self.url("withdraw", item), "dialog", danger=True, fields=form))
        return buttons

    def find_undo(self, item: Activity) -> Undo | None:
        """Return how an activity that was just logged is taken back: it is withdrawn, since none is deleted."""
        return Undo(self.url("withdraw", item), {"withdrawn_reason": _("Undone")}) if self.may_withdraw(item) else None

    def may_withdraw(self, item: Activity) -> bool:
        """Tell whether to offer the withdrawal; the gate decides."""
        return is_row_reached(current_viewer(), item, ("can_withdraw",), writing=True)

    @expose("/withdraw/<pk>", methods=["POST"])
    @has_access
    @permission_name("withdraw")
    def withdraw(self, pk: str) -> ResponseReturnValue:
        """Withdraw an activity: the row stays, marked, with the reason."""
        self.find_or_404(pk)
        given = {"withdrawn_at": clock.now()}
        return self.run_dialog(pk, self.url("withdraw", int(pk)), WithdrawForm(), given, said=_("Activity withdrawn"))


class ActivitiesApi(DeskApi):
    """Activities over REST."""

    datamodel = ApiInterface(Activity)
    resource_name = "activities"
    screen = ActivitiesView
    class_permission_name = "Activities"
    base_permissions = ActivitiesView.base_permissions
    exclude_route_methods = {"delete"}
    list_columns = [
        "id", "customer_id", "customer_name", "contact_id", "contact_name", "kind_id", "kind_name", "happened_at", "entered_at",
        "author_id", "author_name",
        "text", "result", *STEP, "withdrawn_at", "withdrawn_reason",
    ]  # fmt: skip
    show_columns = [*list_columns, "row_version"]
    add_columns = ["customer_id", "contact_id", "kind_id", "happened_at", "text", "result", *STEP]
    edit_columns = ["contact_id", "kind_id", "happened_at", "text", "result", *STEP, "withdrawn_reason"]
    search_columns = ["customer_id", "contact_id", "kind_id", "author_id", "happened_at", "entered_at", "next_step_on", "text"]
    order_columns = ["id", "happened_at", "entered_at"]
    eager = staticmethod(lambda: ActivitiesView.show_options)

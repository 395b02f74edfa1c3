"""Screens, REST resource and lookups of customers and statuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flask import request
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_appbuilder.forms import DynamicForm
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _p
from sqlalchemy.orm import load_only

from ..core.access.directory import PersonCell
from ..core.access.viewer import Reach, current_viewer
from ..core.base.formatting import TONE_WORDS, badge, show, show_tone
from ..core.base.i18n import Words
from ..core.base.input_guard import parse_id
from ..core.base.page_data import Notes, Pairs
from ..core.base.showing import show_safely
from ..core.base.workspace import NextStep
from ..core.forms.fields import RemoteSelectField
from ..core.lists.facets import DateRange, Facet, id_facet
from ..core.views.base import CRUD, SCOPED, DeskInterface, DeskView
from ..core.views.inline import Inline
from ..core.views.rest import ApiInterface, DeskApi
from ..core.views.stages import Step
from ..core.writes.option_sets import Choice, EntryCell, badge_for, choice_options, first_of, named_options
from ..staff.queries import department_facet, people_facet
from . import queries, rules, timeline
from .forms import ContactsField, status_options
from .models import Contact, Customer, Status

LABELS = {
    "number": _l("Number"), "name": _l("Name"), "status": _p("customer", "Status"), "owner": _l("Salesperson"),
    "industry": _l("Industry"), "region": _l("Region"), "source": _l("Source"), "address": _l("Address"),
    "website": _l("Website"), "credit_code": _l("Unified social credit code"), "next_step": _l("Next step"),
    "next_step_on": _l("Next step on"), "next_step_at": _l("Next step at"),
    "next_step_state": _l("State of the next step"),
    "next_step_postponed": _l("Next step postponed"), "last_contact_at": _l("Last contact"),
    "last_contact_kind": _l("Kind of the last contact"), "last_contact_with": _l("Last spoken to"),
    "next_follow_up": _l("Next follow-up"),  # what the history of earlier releases calls the day
    "remark": _l("Remark"), "contacts": _l("Contacts"), "status_reason": _l("Reason of termination"),
    "ended_on": _l("Date of termination"), "created_at": _l("Entered at"), "stage": _l("Stage"),
    "contact_list": _l("Contacts"), "phone": _l("Phone"), "mail": _l("Mail"), "title": _l("Title"), "is_primary": _l("Primary contact"),
    "customer": _l("Customer"), "department": _l("Department"),
}  # fmt: skip


STEP = ["next_step", "next_step_on", "next_step_at"]
PROFILE = ["credit_code", "industry", "region", "source", "website", "address"]


_LISTED = (
    load_only(Customer.id, Customer.name, Customer.number, Customer.next_step, Customer.next_step_on, Customer.next_step_at,
              Customer.next_step_state, Customer.last_contact_at, Customer.status_id, Customer.owner_id, Customer.sort_name),
)  # fmt: skip


class CustomersView(DeskView[Customer]):
    """Customers."""

    datamodel = DeskInterface(Customer)
    route_base = "/customers"
    class_permission_name = "Customers"
    base_permissions = [*SCOPED, "can_hand_over"]
    list_title, add_title, edit_title, new_label = _l("Customers"), _l("New customer"), _l("Edit customer"), _l("New customer")
    label_columns = LABELS
    has_plain_filters = True
    list_columns = ["name", "status", "owner", "last_contact_at", "next_step"]
    optional_columns = [
        "number", "industry", "region", "last_contact_kind", "last_contact_with", "next_step_on", "next_step_at", "next_step_state",
        "source", "credit_code", "website", "address", "created_at", "ended_on",
    ]  # fmt: skip
    former_columns = {"next_follow_up": "next_step_on"}
    second_lines = {
        "name": ("number", "industry"), "last_contact_at": ("last_contact_kind", "last_contact_with"), "next_step": ("next_step_on",),
    }  # fmt: skip
    phone_columns = ("status", "next_step")
    prefill_texts = ("name",)
    show_columns = ["number", "name"]
    search_columns = order_columns = ["number"]
    sort_columns = {
        "name": "sort_name", "number": "number", "next_step": "next_step_on", "next_step_on": "next_step_on",
        "last_contact_at": "last_contact_at",
    }  # fmt: skip
    search_column = "search_text"
    empty_text = _l("Enter your first customer and every contact with it from then on.")
    show_fieldsets = [
        (None, {"fields": ["number", "credit_code", "industry", "region", "source", "website", "address", "remark", "created_at"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["name", "status"]}),
        (None, {"fields": ["contacts"]}),
        (None, {"fields": STEP}),
        (_l("More about the customer"), {"fields": [*PROFILE, "owner", "remark"], "expanded": False}),
    ]
    edit_fieldsets = [(None, {"fields": ["name", "status", "status_reason", "ended_on"]}), *add_fieldsets[1:]]
    form_extra_fields = {
        "owner": RemoteSelectField(_l("Salesperson"), lookup="salespeople", description=_l("Left empty, it is you.")),
        "contacts": ContactsField(_l("Contacts")),
    }
    form_options = {
        "status": {"default": lambda: first_of(status_options())},
        "address": {"render_kw": {"wide": True}},
        "next_step": {"render_kw": {"wide": True}},
    }
    cells = {
        "status": EntryCell(Status, "status_id", is_badge=True),
        "owner": PersonCell("owner_id"),
        "region": EntryCell(Choice, "region_id"),
        "industry": EntryCell(Choice, "industry_id"),
        "source": EntryCell(Choice, "source_id"),
        "contacts": lambda row: "\n".join(contact.line for contact in row.contacts),
        "next_step_state": lambda row: str(rules.STEP_WORDS.get(row.next_step_state, "")),
        "last_contact_kind": EntryCell(Choice, "last_contact_kind_id"),
    }
    list_cells = {
        "last_contact_at": queries.describe_contact_day, "next_step": queries.describe_step_text, "next_step_on": queries.describe_step_day,
    }  # fmt: skip
    code_words = {"next_step_state": rules.STEP_WORDS.get}
    eager = staticmethod(lambda: _LISTED)
    status_field, stage_name = "status_id", "status"
    composer_hint = _l("For example: called about more bandwidth, quotation by Tuesday")
    inline_forms = {
        "contact": Inline(
            title=_l("Edit contact"), new_title=_l("Add contact"), part=Contact, link="customer_id",
            fields=("name", "title", "phone", "mail", "is_primary"), labels={**LABELS, "title": _l("Job title")},
        ),
        "next": Inline(title=_l("Next step"), fields=STEP, labels=LABELS, is_blank=lambda row: rules.is_settled(row.step)),
        "done": Inline(title=_l("Done"), fields=(), given=lambda row: {"next_step_state": rules.DONE}),
    }  # fmt: skip

    def facets(self) -> Sequence[Facet]:
        """Offer status, owner, age of the last contact and industry, then stage, next step, department and region."""

        def of(code: str) -> Callable[[], Sequence[tuple[str, str]]]:
            return lambda: [(str(key), label) for key, label in choice_options(code)]

        statuses = [(str(key), label) for key, label in named_options(Status)]

        def ages() -> Sequence[tuple[str, str]]:
            return [*((days, _("over %(n)s days ago", n=days)) for days in queries.QUIET), ("never", _("Never"))]

        return [
            Facet("status", _p("customer", "Status"), lambda: statuses, id_facet(Customer.status_id)),
            people_facet("owner", _l("Salesperson"), Customer.owner_id),
            Facet("quiet", _l("Last contact"), ages, queries.is_quiet, is_listed=False),
            Facet("industry", _l("Industry"), of("industry"), id_facet(Customer.industry_id)),
            Facet(
                "stage",
                _l("Stage"),
                lambda: [("current", _("Not terminated")), *rules.STAGE_WORDS.items()],
                queries.in_stage,
                is_main=False,
            ),
            Facet(
                "step", _l("Next step"), lambda: [*rules.STEP_WORDS.items(), ("none", _("Not planned"))], queries.has_step, is_main=False
            ),
            department_facet(Customer.department_id),
            Facet("region", _l("Region"), of("region"), id_facet(Customer.region_id), is_main=False),
        ]

    def ranges(self) -> Sequence[DateRange]:
        """Offer the day of the next step while it is open, and the day of entry."""
        return [
            queries.OpenSteps("follow_up", _l("Next step on"), Customer.next_step_on),
            DateRange("entered", _l("Entered at"), Customer.created_at, is_instant=True),
        ]

    def badge_of(self, item: Customer) -> Words:
        return badge_for(Status, item.status_id)

    def facts_of(self, item: Customer) -> Pairs:
        return timeline.list_facts(item)

    def next_of(self, item: Customer) -> NextStep:
        return timeline.make_next(item, done_url=self.url("inline", item, name="done") if self.may_do("can_edit", item) else None)

    def notes_of(self, item: Customer) -> Notes:
        if item.stage != rules.TERMINATED:
            return []
        day = show_safely(item, "ended_on", lambda row: show(row.ended_on))
        text = _("Terminated on %(day)s: %(reason)s", day=day, reason=item.status_reason)
        return [("warning", text, None, None)]

    def steps_of(self, item: Customer) -> Sequence[Step]:
        """Return the statuses that IT set."""
        return timeline.make_steps(item, url=self.url("status", item), may_move=self.may_do("can_edit", item))

    def stage_url(self, item: Customer) -> str:
        """Return where the buttons of the stage bar lead."""
        return self.url("status", item)

    def present_of(self, item: Customer) -> str:
        """Return the status as a step's code."""
        return str(item.status_id)

    @expose("/status/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def status(self, pk: str) -> ResponseReturnValue:
        """Change the status, with reason and date for a termination."""
        self.find_or_404(pk)
        form = timeline.make_form(parse_id(request.form.get("status")))
        return self.run_dialog(pk, self.url("status", int(pk)), form, {})

    def prefill(self, form: DynamicForm, args: Mapping[str, str]) -> None:
        super().prefill(form, args)
        if current_viewer().reach("Customers", ("can_add",)) < Reach.DEPARTMENT:
            form.owner.render_kw = {"readonly": True}


class StatusesView(DeskView[Status]):
    """Customer statuses."""

    datamodel = DeskInterface(Status)
    route_base = "/statuses"
    class_permission_name = "Statuses"
    base_permissions = CRUD
    list_title, add_title, edit_title, new_label = _l("Statuses"), _l("New status"), _l("Edit status"), _l("New status")
    label_columns = {
        "name_zh": _l("Chinese name"), "name_en": _l("English name"), "stage": _l("Stage"), "tone": _l("Colour"),
        "position": _l("Position"), "is_active": _l("In use"),
    }  # fmt: skip
    list_columns = ["name_zh", "name_en", "stage", "position", "is_active"]
    show_columns = add_columns = edit_columns = ["name_zh", "name_en", "stage", "tone", "position", "is_active"]
    search_columns = order_columns = ["name_zh"]
    base_order = ("position", "asc")
    cells = {"name_zh": lambda row: badge(row.name_zh, row.tone), "stage": lambda row: str(rules.STAGE_WORDS[row.stage]), "tone": show_tone}
    code_words = {"stage": rules.STAGE_WORDS.get, "tone": dict(TONE_WORDS).get}


class CustomersApi(DeskApi):
    """Customers over REST."""

    datamodel = ApiInterface(Customer)
    resource_name = "customers"
    screen = CustomersView
    class_permission_name = "Customers"
    base_permissions = CustomersView.base_permissions
    list_columns = ["id", "number", "name", "stage", "status_id", "status_name", "owner_id", "owner_name", *STEP, "next_step_state",
                    "last_contact_at"]  # fmt: skip
    show_columns = [
        *list_columns, "next_step_postponed", "last_contact_kind_id", "last_contact_with_id",
        "industry_id", "region_id", "source_id", "address", "website", "credit_code", "remark", "status_reason",
        "ended_on", "contact_list", "created_at", "row_version",
    ]  # fmt: skip
    add_columns = [
        "name", "status_id", "owner_id", "industry_id", "region_id", "source_id", "address", "website", "credit_code",
        *STEP, "next_step_state", "remark", "status_reason", "ended_on",
    ]  # fmt: skip
    edit_columns = add_columns
    search_columns = [
        "number", "name", "stage", "status_id", "owner_id", "industry_id", "region_id", "next_step_on", "next_step_state",
        "last_contact_at", "created_at",
    ]  # fmt: skip
    order_columns = ["id", "number", "name", "next_step_on", "last_contact_at", "created_at"]
    eager = staticmethod(lambda: ())

"""Screens and REST resource of tickets and priorities."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect
from flask.typing import ResponseReturnValue
from flask_appbuilder import action
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy.orm import load_only, selectinload

from ..core.access.directory import PersonCell
from ..core.access.viewer import current_viewer
from ..core.base import clock
from ..core.base.days import draw_told, tell_due_time, tell_time
from ..core.base.formatting import TONE_WORDS, badge, show, show_tone
from ..core.base.page_data import Pairs
from ..core.base.showing import show_safely
from ..core.lists.facets import DateRange, Facet, id_facet
from ..core.views.base import CRUD, SCOPED, DeskInterface, DeskView
from ..core.views.rest import ApiInterface, DeskApi
from ..core.writes.option_sets import Choice, EntryCell, middle_of, named_options
from ..customers.queries import customer_facet
from ..staff.queries import department_facet, people_facet
from . import queries, rules
from .models import Priority, Ticket

LABELS = {
    "number": _l("Number"), "customer": _l("Customer"), "contract": _l("Contract"), "subject": _l("Subject"),
    "description": _l("Description"), "category": _l("Category"), "priority": _l("Priority"), "status": _l("Status"),
    "status_reason": _l("Reason"), "assignee": _l("Assigned to"), "reported_at": _l("Reported at"), "due_at": _l("Due"),
    "resolved_at": _l("Resolved at"), "owner": _l("Salesperson"), "ticket": _l("Ticket"), "text": _l("Comment"),
    "department": _l("Department"),
}  # fmt: skip


def describe_due(row: Ticket) -> str:
    """Return when a ticket is due, in red once that has passed."""
    if rules.is_overdue(row.status, row.due_at, clock.now()):
        return badge(_("Overdue since %(time)s", time=show(row.due_at)), "red")
    return show(row.due_at)


def tell_due_of(row: Ticket) -> str:
    """Return when a ticket is due as the list says it: how long it is overdue, or its day; its full time once it is resolved."""
    if row.due_at is None:
        return ""
    return draw_told(tell_due_time(row.due_at, clock.now()) if row.status in rules.OPEN else tell_time(row.due_at))


class TicketsView(DeskView[Ticket]):
    """Tickets."""

    datamodel = DeskInterface(Ticket)
    route_base = "/tickets"
    class_permission_name = "Tickets"
    base_permissions = [*(p for p in SCOPED if p != "can_delete"), "can_hand_over"]
    exclude_route_methods = {"download", "delete"}
    method_permission_name = {"take": "edit"}
    lifecycle = rules.LIFECYCLE
    list_title, add_title, edit_title, new_label = _l("Tickets"), _l("New ticket"), _l("Edit ticket"), _l("New ticket")
    label_columns = LABELS
    has_plain_filters = True
    list_columns = ["subject", "customer", "status", "priority", "assignee", "due_at"]
    optional_columns = ["number", "contract", "category", "reported_at", "resolved_at", "owner", "status_reason"]
    second_lines = {"subject": ("number", "category")}
    phone_columns = ("customer", "status", "due_at")
    show_columns = ["number"]
    search_columns = order_columns = ["number"]
    search_column = "search_text"
    sort_columns = {"number": "number", "due_at": "due_at"}
    empty_text = _l("Log a fault or request of a signed customer.")
    show_fieldsets = [
        (
            None,
            {
                "fields": [
                    "customer",
                    "contract",
                    "category",
                    "priority",
                    "assignee",
                    "reported_at",
                    "due_at",
                    "resolved_at",
                    "status_reason",
                ]
            },
        ),
    ]
    record_icon = "ticket"
    add_fieldsets = [
        (_l("Customer"), {"fields": ["customer", "contract"]}),
        (_l("Ticket"), {"fields": ["subject", "category", "priority", "assignee", "description"]}),
    ]
    edit_fieldsets = add_fieldsets
    form_options = {
        "customer": {"description": _l("Type a name, number or phone. Only signed customers can be chosen.")},
        "priority": {"default": lambda: middle_of(named_options(Priority))},
    }
    cells = {
        "status": lambda row: rules.LIFECYCLE.show(row.status),
        "priority": EntryCell(Priority, "priority_id", is_badge=True),
        "assignee": PersonCell("assignee_id"),
        "category": EntryCell(Choice, "category_id"),
        "due_at": describe_due,
        "owner": PersonCell("owner_id"),
    }
    list_cells = {"due_at": tell_due_of}
    show_options = tuple(selectinload(part) for part in (Ticket.customer, Ticket.contract))
    eager = staticmethod(
        lambda: (
            load_only(Ticket.id, Ticket.number, Ticket.subject, Ticket.customer_id, Ticket.status, Ticket.priority_id,
                      Ticket.assignee_id, Ticket.due_at),
        )
    )  # fmt: skip

    def facets(self) -> Sequence[Facet]:
        """Offer status, priority and “mine”."""
        states = [("unresolved", _("Unresolved")), *((key, state.label) for key, state in rules.LIFECYCLE.states.items())]
        priorities = [(str(key), label) for key, label in named_options(Priority)]
        return [
            Facet("status", _l("Status"), lambda: states, queries.in_status),
            Facet("priority", _l("Priority"), lambda: priorities, id_facet(Ticket.priority_id)),
            people_facet("assigned", _l("Assigned to"), Ticket.assignee_id, [("me", _("Me")), ("none", _("Nobody"))]),
            people_facet("owner", _l("Salesperson"), Ticket.owner_id, is_main=False),
            customer_facet(Ticket.customer_id),
            department_facet(Ticket.department_id),
        ]

    def ranges(self) -> Sequence[DateRange]:
        """Offer when it was reported and when it is due."""
        return [
            DateRange("reported", _l("Reported at"), Ticket.reported_at, is_instant=True),
            DateRange("due", _l("Due"), Ticket.due_at, is_instant=True),
        ]

    def heading_of(self, item: Ticket) -> str:
        return str(item.subject)

    def facts_of(self, item: Ticket) -> Pairs:
        due = show_safely(item, "due_at", describe_due)
        assigned = item.assignee_name or _("nobody yet")
        return [("", self.cells["priority"](item)), (_("Assigned to"), assigned), (_("Due"), due)]

    def lead_of(self, item: Ticket) -> str:
        return item.description

    @action("take", _l("Assign to me"), "", "user", multiple=True, single=False)
    def take(self, items: Sequence[Ticket]) -> ResponseReturnValue:
        """Assign the chosen tickets to oneself."""
        for item in items:
            item.assignee_id = current_viewer().id
        if self.commit_or_flash("action"):
            flash(ngettext("%(n)s ticket is now yours.", "%(n)s tickets are now yours.", len(items), n=len(items)), "success")
        return redirect(self.url("list"))


class PrioritiesView(DeskView[Priority]):
    """Priorities and their hours."""

    datamodel = DeskInterface(Priority)
    route_base = "/priorities"
    class_permission_name = "Lists"
    base_permissions = CRUD[:-1]
    exclude_route_methods = {"download", "delete"}
    list_title, add_title, new_label = _l("Ticket priorities"), _l("New priority"), _l("New priority")
    edit_title = _l("Edit priority")
    label_columns = {
        "name_zh": _l("Chinese name"), "name_en": _l("English name"), "hours": _l("Hours until due"), "tone": _l("Colour"),
        "position": _l("Position"), "is_active": _l("In use"),
    }  # fmt: skip
    list_columns = ["name_zh", "name_en", "hours", "is_active"]
    show_columns = add_columns = edit_columns = ["name_zh", "name_en", "hours", "tone", "position", "is_active"]
    search_columns = order_columns = ["name_zh"]
    base_order = ("position", "asc")
    cells = {"name_zh": lambda row: badge(row.name_zh, row.tone), "tone": show_tone}
    code_words = {"tone": dict(TONE_WORDS).get}


class TicketsApi(DeskApi):
    """Tickets over REST."""

    datamodel = ApiInterface(Ticket)
    resource_name = "tickets"
    screen = TicketsView
    class_permission_name = "Tickets"
    base_permissions = TicketsView.base_permissions
    exclude_route_methods = {"delete"}
    list_columns = [
        "id", "number", "customer_id", "customer_name", "contract_id", "subject", "category_id", "priority_id", "status",
        "assignee_id", "assignee_name", "reported_at", "due_at", "resolved_at",
    ]  # fmt: skip
    show_columns = [*list_columns, "description", "status_reason", "row_version"]
    add_columns = ["customer_id", "contract_id", "subject", "description", "category_id", "priority_id", "assignee_id"]
    edit_columns = [*add_columns, "status", "status_reason"]
    search_columns = ["number", "customer_id", "contract_id", "subject", "status", "priority_id", "assignee_id", "reported_at", "due_at"]
    order_columns = ["id", "number", "due_at", "reported_at"]
    eager = staticmethod(lambda: (selectinload(Ticket.customer),))

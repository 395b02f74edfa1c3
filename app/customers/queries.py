"""Questions about customers: what pickers offer, what their cards show, why one is not offered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from functools import lru_cache

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import ColumnElement, Integer, Select, bindparam, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, load_only
from sqlalchemy.orm.attributes import set_committed_value

from ..core.access.directory import name_of_person
from ..core.access.scope import CACHED_OPTION, REACH_OPTION, is_row_reached, make_condition
from ..core.access.viewer import EDIT, Viewer, current_viewer
from ..core.base import clock
from ..core.base.caches import once_each
from ..core.base.days import Told, draw_told, here, tell_age, tell_due
from ..core.base.entities import inspect_row
from ..core.base.urls import link_with
from ..core.base.workspace import RailPart
from ..core.forms.lookups import Conditions, Details, Fields, words_in
from ..core.lists.facets import DateRange, Facet, id_facet
from ..core.lists.finders import RowFinder
from ..core.lists.query import match_words, split_words
from ..core.writes.option_sets import Choice, name_of, read_entries
from ..extensions import db
from . import rules
from .models import Contact, Customer, Status

PICK = {REACH_OPTION: "pick"}


def in_stage(value: str) -> ColumnElement[bool] | None:
    """Return the condition of a stage, or of all that are not terminated; None for an unknown one."""
    if value == "current":
        return Customer.stage != rules.TERMINATED
    return Customer.stage == value if value in rules.STAGES else None


def has_step(state: str) -> ColumnElement[bool] | None:
    """Return the condition of customers whose next step is open or done, or who have none; None for an unknown state."""
    if state == "none":
        return Customer.next_step_state.is_(None)
    return Customer.next_step_state == state if state in rules.STEP_WORDS else None


_SOFT = Markup("<i>%s</i>")
QUIET = ("14", "30", "60", "90")  # days without a contact that a list can be asked for


class OpenSteps(DateRange):
    """A filter by the day of the next step: those that are done wait for nobody."""

    def conditions(self, args: Mapping[str, str]) -> list[ColumnElement[bool]]:
        """Return what the two inputs ask."""
        found = super().conditions(args)
        return [*found, Customer.next_step_state == rules.OPEN] if found else found


@lru_cache(maxsize=8)
def _tell_never(_language: str) -> Told:
    return Told(_("Never"), "", "amber")


@lru_cache(maxsize=8)
def _say_nothing_planned(_language: str) -> Markup:
    return _SOFT % _("Not planned")


def describe_contact_day(row: Customer) -> str:
    """Return how long ago somebody spoke to a customer, as the list says it."""
    return draw_told(tell_age(row.last_contact_at) if row.last_contact_at is not None else _tell_never(here().language))


def describe_step_text(row: Customer) -> str:
    """Return what is to be done next, as the list says it; what is done is past."""
    return row.next_step or _("Next step") if row.next_step_state == rules.OPEN else _say_nothing_planned(here().language)


def describe_step_day(row: Customer) -> str:
    """Return when the next step is due, as the list says it; '' for none that is open."""
    if row.next_step_state != rules.OPEN or row.next_step_on is None:
        return ""
    return draw_told(tell_due(row.next_step_on, row.next_step_at))


def is_quiet(days: str) -> ColumnElement[bool] | None:
    """Return the condition of customers to whom nobody spoke for so many days, or ever; None for what is no such age."""
    if days == "never":
        return Customer.last_contact_at.is_(None)
    if days not in QUIET:
        return None
    return Customer.last_contact_at < clock.from_local(datetime.combine(clock.today() - timedelta(days=int(days)), time()))


def of_customer(parent: int | None) -> Conditions:
    """Return the condition of the contacts of the chosen customer; of none as long as none is chosen."""
    return [Contact.customer_id == parent if parent is not None else false()]


def make_contact_cards(rows: list[Contact]) -> dict[int, Fields]:
    """Return what a picker's list shows of each contact: the job, else the phone."""
    return {row.id: {"number": row.title or row.phone} for row in rows}


def make_cards(rows: list[Customer]) -> dict[int, Fields]:
    """Return what a picker's list shows of each customer: number, status, owner, region."""
    may_open = current_viewer().may("can_show", "Customers")
    statuses = read_entries(Status)
    return {
        row.id: {
            "number": row.number, "status": statuses[row.status_id].label, "tone": statuses[row.status_id].tone,
            "owner": name_of_person(row.owner_id), "region": name_of(Choice, row.region_id),
            "url": url_for("CustomersView.show", pk=row.id) if may_open else None,
        }
        for row in rows
    }  # fmt: skip


def make_details(row: Customer) -> Details:
    """Return the card of the chosen customer: status, owner, contacts, region."""
    status = read_entries(Status)[row.status_id]
    lines = [[_("Number"), row.number], [_("Salesperson"), name_of_person(row.owner_id) or "–"]]
    lines += [
        [contact.title or _("Contact"), f"{contact.name} {contact.phone}".strip(), contact.phone]
        for contact in row.contacts[:SHOWN_CONTACTS]
    ]
    if row.region_id is not None:
        lines.append([_("Region"), name_of(Choice, row.region_id)])
    return {"badge": {"text": status.label, "tone": status.tone}, "lines": lines, "warnings": [], "url": None}


def signed_only(_parent: int | None) -> Conditions:
    """Return the condition of customers that a ticket may name."""
    return [Customer.stage == rules.SIGNED]


def contractable(_parent: int | None) -> Conditions:
    """Return the conditions of customers that the viewer may write a contract for."""
    reach = make_condition(Customer, current_viewer(), EDIT, writing=True)
    return [Customer.stage == rules.SIGNED, *([] if reach is None else [reach])]


SHOWN_CONTACTS = 3


def match_shown(text: str) -> list[ColumnElement[bool]]:
    """Return the conditions of a picker's search: each word stands in what its card shows, which the whole search line is not.

    The search line comes first, for its index; credit codes and further contacts are in it and must not be found out here.
    """
    return [
        condition
        for word in split_words(text)
        for condition in (
            Customer.search_text.contains(word, autoescape=True),
            or_(
                Customer.sort_name.contains(word, autoescape=True),
                Customer.number.contains(word.upper(), autoescape=True),
                _has_shown_phone(word),
            ),
        )
    ]


def _has_shown_phone(word: str) -> ColumnElement[bool]:
    """Return the condition that one of the contacts on the card has a phone with these letters, or these digits together."""
    other, mine = Contact.__table__.alias(), Contact.__table__.c
    goes_before = (other.c.is_primary > mine.is_primary) | ((other.c.is_primary == mine.is_primary) & (other.c.id < mine.id))
    living = other.c.deleted_at.is_(None) & (other.c.customer_id == mine.customer_id)
    place = select(func.count()).select_from(other).where(living, goes_before).correlate(Contact).scalar_subquery()
    digits: ColumnElement[str] = Contact.phone.expression
    for sign in " -()+":
        digits = func.replace(digits, sign, "")
    has_word = Contact.phone.icontains(word, autoescape=True) | digits.contains(word, autoescape=True)
    return select(Contact.id).where(Contact.customer_id == Customer.id, has_word, place < SHOWN_CONTACTS).exists()


def explain_missing(text: str, is_alone: bool) -> list[Fields]:
    """Return the customers that are not signed, and why: what the text names exactly.

    `is_alone`: nothing else was found; then those one sees that hold the words are told of too.
    """
    unsigned = select(Customer).where(Customer.stage != rules.SIGNED).limit(3)
    found = list(db.session.scalars(unsigned.where(_is_called(text)), execution_options=PICK))
    if is_alone and not found and len(text) > 1:
        found = list(db.session.scalars(unsigned.where(*match_words(Customer.search_text, text)).order_by(Customer.sort_name, Customer.id)))
    return [_explain(row, rules.why_not_signed(row.stage)) for row in found]


def explain_uncontractable(text: str, is_alone: bool) -> list[Fields]:
    """Return the same, and the signed customer of this name or number that the viewer sees and may not work on."""
    found = explain_missing(text, is_alone)
    if found or not is_alone:
        return found
    seen = db.session.scalars(select(Customer).where(Customer.stage == rules.SIGNED, _is_called(text)).limit(3))
    viewer = current_viewer()
    return [_explain(row, rules.ONLY_READ) for row in seen if not is_row_reached(viewer, row, EDIT, writing=True)]


def _is_called(text: str) -> ColumnElement[bool]:
    return or_(Customer.number == text.upper(), Customer.sort_name == text.lower())


def _explain(row: Customer, reason: object) -> Fields:
    may_edit = is_row_reached(current_viewer(), row, EDIT, writing=True)
    url = url_for("CustomersView.edit", pk=row.id) if may_edit else None
    return {"id": row.id, "text": str(row), "number": row.number, "disabled": True, "reason": str(reason), "url": url}


def customer_facet(column: InstrumentedAttribute) -> Facet:
    """Return the facet over the customer to whom a row belongs."""
    return Facet("customer", _l("Customer"), lambda: [], id_facet(column), is_main=False, finder=_find_customers(column))


@once_each
def _find_customers(column: InstrumentedAttribute) -> RowFinder[Customer]:
    order, loaded = (Customer.sort_name, Customer.id), (load_only(Customer.id, Customer.name),)
    return RowFinder(column, Customer, words_in(Customer.search_text), order, options=loaded)


def find_quick_search(viewer: Viewer) -> dict[str, str | None]:
    """Return where the search box of every page leads, for who may list customers."""
    if viewer.profile is None or not viewer.may("can_list", "Customers"):
        return {"quick_search_url": None, "quick_lookup_url": None}
    return {"quick_search_url": url_for("CustomersView.list"), "quick_lookup_url": url_for("LookupView.lookup", name="customers")}


CONTACTS_OF = "contacts_of"  # parameter of a statement: of which customer


@once_each
def _select_contacts(model: type[Contact]) -> Select:
    return select(model).where(model.customer_id == bindparam(CONTACTS_OF, type_=Integer)).order_by(model.is_primary.desc(), model.id)


def load_contacts(customer: Customer) -> None:
    """Read a customer's contacts by one statement that is put together once, where the relation would build its own."""
    if "contacts" in inspect_row(customer).unloaded:
        options = {REACH_OPTION: "pick", CACHED_OPTION: True}
        found = db.session.scalars(_select_contacts(Contact), {CONTACTS_OF: customer.id}, execution_options=options)
        set_committed_value(customer, "contacts", list(found))


def make_contact_part(customer: Customer) -> RailPart | None:
    """Return the contacts of a customer for the rail of its page, the primary one first, each edited in place by who may."""
    may_edit = is_row_reached(current_viewer(), customer, EDIT, writing=True)
    load_contacts(customer)
    people = customer.contacts
    if not people and not may_edit:
        return None
    add = link_with(edit="contact:new") if may_edit else None
    lines = [(contact, link_with(edit=f"contact:{contact.id}") if may_edit else None) for contact in people]
    return RailPart(
        "contact", _("Contacts"), "customers/_contacts.html", lines, len(people) or None, add_url=add, add_label=_("Add contact"),
        is_first=True, is_inline=True, order=10,
    )  # fmt: skip

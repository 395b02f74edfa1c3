"""The contacts of a customer, edited with it."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _p
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, FieldList, Form, FormField, HiddenField
from wtforms.validators import ValidationError

from ..core.base import clock
from ..core.base.formatting import join_words
from ..core.base.i18n import Words
from ..core.base.input_guard import parse_id
from ..core.forms.fields import KeptHidden, OptionField, ShownAs
from ..core.forms.made import make_field
from ..core.writes import row_data
from ..core.writes.option_sets import named_options
from .models import Contact, Customer, Status
from .rules import CONTACT_NAME_NEEDED, DATE_NEEDED, ONE_PRIMARY, REASON_NEEDED, STATUS_NEEDED, describe_contact

EMPTY_ROWS = 3
MAX_CONTACTS = 50


def status_options() -> list[tuple[int, str]]:
    """Return the statuses in use."""
    return named_options(Status)


class KeptStatus(ShownAs, OptionField):
    """The status that a step of the stage bar stands for: chosen by pressing it."""

    shown_as = "KeptHidden"

    def _value(self) -> str:
        return str(self.data or "")


class StatusForm(FlaskForm):
    """The form of a move to another status."""

    status = KeptStatus("", options=status_options, required=True, needed=STATUS_NEEDED)
    row_version = KeptHidden("")


class EndForm(StatusForm):
    """The same for a termination: why, and when."""

    status_reason = make_field(Customer, "status_reason", _l("Reason of termination"), needed=REASON_NEEDED)
    ended_on = make_field(Customer, "ended_on", _l("Date of termination"), needed=DATE_NEEDED)


class ContactForm(Form):
    """One contact."""

    id = HiddenField("")
    name = make_field(Contact, "name", _p("person", "Name"), needed=None)  # a row that is left empty is none
    title = make_field(Contact, "title", _l("Job title"))
    phone = make_field(Contact, "phone", _l("Phone"))
    mail = make_field(Contact, "mail", _l("Mail"))
    is_primary = make_field(Contact, "is_primary", _l("Primary"))
    remove = BooleanField(_l("Remove"))

    def validate_name(self, field: Field) -> None:
        """Ask for the name of a contact of whom anything else was entered."""
        if not (field.data or "").strip() and not self.is_empty and not self.remove.data:
            raise ValidationError(str(CONTACT_NAME_NEEDED))

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was entered in this row."""
        return not any((field.data or "").strip() for field in (self.name, self.title, self.phone, self.mail))


def check_primary(_form: FlaskForm, field: Field) -> None:
    """Refuse two primary contacts: which of them is meant, only the person knows."""
    if sum(bool(entry.form.is_primary.data) and not entry.form.remove.data for entry in field.entries) > 1:
        raise ValidationError(str(ONE_PRIMARY))


class ContactsField(FieldList):
    """The contacts as repeating rows; saves the rows themselves."""

    has_parts = True

    def __init__(self, label: Words | None = None, **kwargs: object) -> None:
        super().__init__(FormField(ContactForm, ""), label, [check_primary], min_entries=EMPTY_ROWS, max_entries=MAX_CONTACTS, **kwargs)

    def describe(self) -> str:
        """Return what is entered, as the record page shows contacts: for the comparison with another person's version."""
        kept = [entry.form for entry in self.entries if not entry.form.is_empty and not entry.form.remove.data]
        texts = [[(field.data or "").strip() for field in (form.name, form.title, form.phone, form.mail)] for form in kept]
        return join_words(describe_contact(*parts, is_primary=form.is_primary.data) for parts, form in zip(texts, kept, strict=True))

    def compare(self, present: Sequence[Contact]) -> tuple[str, str]:
        """Return the contacts that are saved now, and those that were entered."""
        return join_words(contact.line for contact in present), self.describe()

    def populate_obj(self, obj: Customer, name: str) -> None:
        known = {contact.id: contact for contact in obj.contacts}
        for entry in self.entries:
            form = entry.form
            contact = known.get(parse_id(form.id.data) or 0)
            if form.remove.data or (form.is_empty and contact is not None):
                if contact is not None:
                    contact.deleted_at = clock.now()
                continue
            if form.is_empty:
                continue
            if contact is None:
                contact = Contact()
                obj.contacts.append(contact)
            texts = {field: (getattr(form, field).data or "").strip() for field in ("name", "title", "phone", "mail")}  # one may be missing
            row_data.write(contact, {**texts, "is_primary": bool(form.is_primary.data)})

"""Questions about activities: what a customer's timeline tells of them, and which was the last contact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flask import url_for
from sqlalchemy import ColumnElement, Connection, Integer, Select, bindparam, or_, select

from ..core.access.directory import name_of_actor
from ..core.access.scope import CACHED_OPTION
from ..core.access.viewer import current_viewer
from ..core.base import clock
from ..core.base.caches import once_each
from ..core.base.days import say_day
from ..core.base.formatting import join_words
from ..core.base.workspace import Event
from ..core.views.timeline import Older, shorten, tell_each
from ..core.writes.option_sets import Choice, read_entries
from ..customers.models import Customer
from ..extensions import db
from .models import Activity

LAST_CONTACT = {"last_contact_at": "happened_at", "last_contact_kind_id": "kind_id", "last_contact_with_id": "contact_id"}


def select_last_contact() -> Mapping[str, ColumnElement]:
    """Return what each column of the last contact holds, of the latest activity that is neither withdrawn nor in the bin."""
    customer, activity = Customer.__table__.c, Activity.__table__.c
    counts = (activity.customer_id == customer.id, activity.withdrawn_at.is_(None), activity.deleted_at.is_(None))
    latest = select(activity.happened_at).where(*counts).order_by(activity.happened_at.desc(), activity.id.desc()).limit(1)
    return {
        name: latest.with_only_columns(activity[source]).correlate(Customer.__table__).scalar_subquery()
        for name, source in LAST_CONTACT.items()
    }


def find_wrong_last_contacts(connection: Connection) -> Iterator[str]:
    """Yield the numbers of the customers whose last contact is not the latest of their activities."""
    customer = Customer.__table__.c
    differs = [customer[name].is_distinct_from(latest) for name, latest in select_last_contact().items()]
    found = connection.execution_options(yield_per=1_000).execute(select(customer.number).where(or_(*differs)).order_by(customer.id))
    yield from found.scalars()


# By the code of an activity's kind: the icon of its line and the tone of the icon's ground.
LOOKS = {
    "call": ("phone", "blue"), "visit": ("walk", "green"), "mail": ("mail", "blue"), "message": ("message", "blue"),
    "meeting": ("users", "green"),
}  # fmt: skip
OTHER = ("point", "grey")


def read_events(customer: Customer, older: Older) -> list[Event]:
    """Return the contacts with the customer behind the cursor; those withdrawn are left out."""
    names, today = {contact.id: contact.name for contact in customer.contacts}, clock.today()
    may_open, kinds = current_viewer().may("can_show", "Activities"), read_entries(Choice)

    def tell(row: Activity) -> list[Event]:
        url = url_for("ActivitiesView.show", pk=row.id) if may_open else None
        icon, tone = LOOKS.get(kinds[row.kind_id].code, OTHER)
        follow = join_words(part for part in (say_day(row.next_step_on, today) if row.next_step_on else "", row.next_step) if part)
        return [
            Event(
                row.happened_at, row.kind_name, icon, names.get(row.contact_id or 0, ""), shorten(row.text),
                name_of_actor(row.author_id), url, follow=follow, tone=tone, key=row.id,
            )
        ]  # fmt: skip

    if older.at is None:
        rows = db.session.scalars(_select_newest(older.limit), {CUSTOMER: customer.id}, execution_options={CACHED_OPTION: True})
    else:
        rows = db.session.scalars(_order(*older.where(Activity.happened_at, Activity.id)).limit(older.limit), {CUSTOMER: customer.id})
    return tell_each(rows, tell)


CUSTOMER = "customer_of_events"  # parameter of a statement


def _order(*where: ColumnElement[bool]) -> Select:
    mine = (Activity.customer_id == bindparam(CUSTOMER, type_=Integer), Activity.withdrawn_at.is_(None))
    return select(Activity).where(*mine, *where).order_by(Activity.happened_at.desc(), Activity.id.desc())


@once_each
def _select_newest(limit: int) -> Select:
    return _order().limit(limit)

"""Questions about activities: what a customer's timeline tells of them."""

from __future__ import annotations

from flask import url_for
from sqlalchemy import select

from ..core.access.directory import name_of_actor
from ..core.access.viewer import current_viewer
from ..core.views.timeline import MOST, Event, tell_each
from ..customers.models import Customer
from ..extensions import db
from .models import Activity


def make_events(customer: Customer) -> list[Event]:
    """Return each contact with the customer; those withdrawn are left out."""
    mine = select(Activity).where(Activity.customer_id == customer.id, Activity.withdrawn_at.is_(None))
    may_open = current_viewer().may("can_show", "Activities")

    def tell(row: Activity) -> list[Event]:
        url = url_for("ActivitiesView.show", pk=row.id) if may_open else None
        return [Event(row.happened_at, row.kind_name, "phone", str(row), name_of_actor(row.author_id), url)]

    return tell_each(db.session.scalars(mine.order_by(Activity.happened_at.desc(), Activity.id.desc()).limit(MOST)), tell)

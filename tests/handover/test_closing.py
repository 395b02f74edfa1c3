"""Nothing is left with an account that is being closed, whatever is saved at that very moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.access.viewer import acting_as
from app.customers.models import Customer
from app.customers.rules import ACCOUNT_CLOSED, OWNER_CLOSED
from app.extensions import db
from app.handover.rules import CHANGED_SINCE, RECEIVER_CLOSED
from app.staff.models import Staff
from app.tickets.models import Ticket

from ..factories import World, find_status
from .conftest import CUSTOMERS, Story
from .threads import Paused, hand_over, start, start_and_wait

pytestmark = pytest.mark.postgres  # SQLite lets one writer in at a time
TICKETS = {"way": "none", "way-ticket-assignee_id": "one"}


def enter_own(story: Story, _world: World) -> None:
    """Enter a customer as the leaver."""
    with acting_as(story.leaver, source="form"):
        db.session.add(Customer(name="Entered at the last moment", status_id=find_status("lead").id))
        db.session.commit()


def give(story: Story, world: World) -> None:
    """Give a customer of somebody else to the leaver."""
    with acting_as(story.admin, source="form"):
        db.session.get_one(Customer, world.lead["north1"]).owner_id = story.leaver
        db.session.commit()


def count_left(leaver: int) -> int:
    """Count the customers and tickets that a person holds."""
    customer, ticket, connection = Customer.__table__.c, Ticket.__table__.c, db.session.connection()
    customers = connection.execute(select(func.count()).where(customer.owner_id == leaver)).scalar_one()
    return customers + connection.execute(select(func.count()).where(ticket.assignee_id == leaver)).scalar_one()


@pytest.mark.parametrize("save", [enter_own, give])
def test_what_is_saved_while_the_account_is_closed_is_refused(
    app: Flask, story: Story, world: World, monkeypatch: pytest.MonkeyPatch, save: Callable[[Story, World], None]
) -> None:
    paused, results = Paused(monkeypatch), {}
    with app.test_request_context("/", method="POST"):
        one = start(app, results, "closed", hand_over(story.manager, story.leaver, story.receivers, close="y"))
        assert paused.reached.wait(20)
        two = start_and_wait(app, results, "saved", lambda: save(story, world))
        paused.go_on.set()
        one.join(30)
        two.join(30)
        assert results["closed"] >= CUSTOMERS and str(results["saved"]) in (str(ACCOUNT_CLOSED), str(OWNER_CLOSED))
        assert count_left(story.leaver) == 0


def test_a_ticket_is_not_assigned_to_an_account_that_is_being_closed(
    app: Flask, story: Story, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaver, heir = world.people["service1"], world.people["service2"]

    def assign() -> None:
        with acting_as(story.admin, source="form"):
            db.session.get_one(Ticket, world.ticket["north1"]).assignee_id = leaver
            db.session.commit()

    paused, results = Paused(monkeypatch), {}
    with app.test_request_context("/", method="POST"):
        one = start(app, results, "closed", hand_over(story.admin, leaver, (heir,), close="y", **TICKETS))
        assert paused.reached.wait(20)
        two = start_and_wait(app, results, "saved", assign)
        paused.go_on.set()
        one.join(30)
        two.join(30)
        assert results["closed"] >= len(story.tickets) and isinstance(results["saved"], Exception)
        assert count_left(leaver) == 0


def test_a_closing_waits_for_what_is_being_saved_and_then_leaves_the_account_open(app: Flask, story: Story) -> None:
    results: dict[str, Any] = {}
    with app.test_request_context("/", method="POST"):
        closing = hand_over(story.manager, story.leaver, story.receivers, close="y")
        with acting_as(story.leaver, source="form"):
            db.session.add(Customer(name="Entered a moment before", status_id=find_status("lead").id))
            db.session.flush()
            one = start_and_wait(app, results, "closed", closing)
            db.session.commit()
        one.join(30)
        assert str(results["closed"]) == str(CHANGED_SINCE)
        assert count_left(story.leaver) == CUSTOMERS + 4 and db.session.get_one(Staff, story.leaver).active


def test_nothing_is_given_to_a_receiver_whose_account_is_closed_while_the_handover_runs(app: Flask, story: Story) -> None:
    results: dict[str, Any] = {}
    with app.test_request_context("/", method="POST"):
        handing = hand_over(story.manager, story.leaver, story.receivers)
        with acting_as(story.admin, source="form"):
            db.session.get_one(Staff, story.receivers[1]).active = False
            db.session.flush()
            one = start_and_wait(app, results, "handed", handing)
            db.session.commit()
        one.join(30)
        assert str(results["handed"]) == str(RECEIVER_CLOSED)
        assert count_left(story.receivers[1]) == 0 and count_left(story.leaver) == CUSTOMERS + 3

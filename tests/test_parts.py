"""Comments and files are parts that any record may have: one table each, seen with their record, told apart by its kind."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import func, insert, inspect, select, text

from app.activities.models import Activity
from app.contracts.models import Contract, ContractAttachment
from app.core.access.mixins import Owned
from app.core.access.policy import Link
from app.core.access.scope import owned_models
from app.core.access.viewer import acting_as, as_system, load_viewer
from app.core.base.errors import SetupRefused
from app.core.parts.models import Attachment, Comment
from app.core.parts.queries import add_comment, find_part, need_part, read_parts
from app.core.writes import bulk
from app.core.writes.history import HistoryEntry
from app.customers.models import Customer
from app.extensions import db
from app.tickets.models import Ticket, TicketComment

from .factories import World
from .snapshots import take_snapshot

PDF = b"%PDF-1.7\n"
EARLIER = "0006"


def add_parts(world: World) -> None:
    """Hang a comment on each ticket and a file on each contract."""
    for name, ticket in world.ticket.items():
        db.session.add(TicketComment(record_id=ticket, text=f"{name} said"))
    for name, contract in world.contract.items():
        db.session.add(
            ContractAttachment(record_id=contract, name=f"{name}.pdf", media_type="", size=9, sha256="0" * 64, content=PDF)
        )  # fmt: skip
    db.session.commit()


def test_a_part_mirrors_its_record_and_the_root_of_it(app: Flask, world: World) -> None:
    with app.app_context(), as_system("import"):
        add_parts(world)
        for part, record in ((TicketComment, Ticket), (ContractAttachment, Contract)):
            for row in db.session.scalars(select(part)):
                whole = db.session.get_one(record, row.record_id)
                assert (row.record_model, row.root_id) == (record.__name__, whole.customer_id)
                assert (row.owner_id, row.department_id) == (whole.owner_id, whole.department_id)
        assert need_part(Comment, Ticket) is TicketComment and find_part(Comment, Activity) is None
        with pytest.raises(LookupError, match="Activity has no Comment"):
            need_part(Comment, Activity)


def test_each_kind_of_part_is_an_owned_model_and_its_base_is_none(app: Flask) -> None:
    models = set(owned_models())
    assert {TicketComment, ContractAttachment} <= models and not models & {Comment, Attachment}
    assert TicketComment.policy.root == Link("root_id", "Customer") and TicketComment.policy.parent == Link("record_id", "Ticket")
    assert all(part.policy.module == record.policy.module for part, record in ((TicketComment, Ticket), (ContractAttachment, Contract)))


@pytest.mark.parametrize("person", ["south1", "north1", "boss_south", "service1", "director", "nobody"])
def test_asking_for_the_base_shows_what_asking_for_each_kind_does(app: Flask, world: World, person: str) -> None:
    """A statement on the shared table is narrowed by the conditions of every kind in it."""
    with app.app_context():
        with as_system("import"):
            add_parts(world)
        with acting_as(load_viewer(world.people[person])):
            records = set(db.session.scalars(select(Ticket.id)))
            assert {row.record_id for row in db.session.scalars(select(Comment))} == records
            assert {row.record_id for row in db.session.scalars(select(TicketComment))} == records
            assert db.session.scalar(select(func.count()).select_from(Attachment)) == len(set(db.session.scalars(select(Contract.id))))


def test_a_statement_on_the_table_keeps_to_its_kind(app: Flask, world: World) -> None:
    """Set-based writes, which see the table and not the model, leave the rows of other kinds alone, and their history."""
    with app.app_context(), as_system("import"):
        add_parts(world)
        comment = Comment.__table__
        some = world.ticket["south1"]
        values = {"record_model": "Case", "record_id": some, "root_id": world.signed["south1"], "text": "of a case", "row_version": 1}
        db.session.connection().execute(insert(comment).values(**values, created_at=func.current_timestamp()))
        bulk.set_values(db.session(), TicketComment, comment.c.record_id == some, {"owner_id": None})
        db.session.commit()
        left = db.session.connection().execute(select(comment.c.row_version).where(comment.c.record_model == "Case")).scalar_one()
        assert left == 1
        told = select(func.count()).where(HistoryEntry.model == "TicketComment", HistoryEntry.field == "owner_id")
        assert db.session.scalar(told) == 1


def test_parts_follow_a_customer_to_another_owner_and_into_the_bin(app: Flask, world: World) -> None:
    with app.app_context(), as_system("import"):
        add_parts(world)
        customer = db.session.get_one(Customer, world.signed["south1"])
        customer.owner_id = world.people["south2"]
        db.session.commit()
        owners = set(db.session.scalars(select(TicketComment.owner_id).where(TicketComment.root_id == customer.id)))
        assert owners == {world.people["south2"]}
        ticket = db.session.get_one(Ticket, world.ticket["south1"])
        db.session.delete(ticket)
        db.session.commit()
        assert ticket.deleted_at is not None


def test_rest_adds_and_lists_comments(app: Flask, world: World, rest: Any) -> None:
    ticket = world.ticket["south1"]
    worker = rest("service1")
    assert worker.send("POST", f"tickets/{ticket}/comments", {"text": " Looked\r\nat it "}).status_code == 201
    answer = worker.send("GET", f"tickets/{ticket}/comments").get_json()
    assert answer["count"] == 1
    assert (answer["result"][0]["text"], answer["result"][0]["author"]) == ("Looked\nat it", "Service1 Test")
    assert rest("south1").send("GET", f"tickets/{ticket}/comments").get_json()["result"] == answer["result"]
    assert rest("north1").send("GET", f"tickets/{ticket}/comments").status_code == 404


@pytest.mark.parametrize(
    ("body", "status"), [({"text": "  "}, 422), ({"text": 5}, 400), ({}, 400), ([], 400), ({"text": "x" * 20_001}, 422)]
)
def test_rest_refuses_what_the_form_refuses(app: Flask, world: World, rest: Any, body: Any, status: int) -> None:
    answer = rest("service1").send("POST", f"tickets/{world.ticket['south1']}/comments", body)
    assert answer.status_code == status and answer.get_json()["message"]
    with app.app_context(), as_system():
        assert db.session.scalar(select(func.count()).select_from(TicketComment)) == 0


def attach(sender: Any, contract: int, name: str, content: bytes) -> Any:
    """Send a file over REST."""
    data = {"file": (io.BytesIO(content), name)}
    return sender.client.post(f"/api/v1/contracts/{contract}/attachments", data=data, headers=sender.headers)


def test_rest_attaches_lists_and_serves_files(app: Flask, world: World, rest: Any) -> None:
    contract, seller = world.contract["south1"], rest("south1")
    sent = attach(seller, contract, "../offer.pdf", PDF)
    assert sent.status_code == 201
    listed = seller.send("GET", f"contracts/{contract}/attachments").get_json()["result"]
    assert [(one["name"], one["size"], one["media_type"]) for one in listed] == [("offer.pdf", len(PDF), "application/pdf")]
    served = seller.send("GET", f"contracts/attachments/{listed[0]['id']}")
    assert served.data == PDF and served.headers["Content-Disposition"].startswith("attachment;")
    assert rest("north1").send("GET", f"contracts/attachments/{listed[0]['id']}").status_code == 404
    bad = attach(seller, contract, "x.html", b"<script>")
    assert bad.status_code == 422 and seller.send("POST", f"contracts/{contract}/attachments", {}).status_code == 422


def test_the_resource_of_records_without_parts_has_no_such_address(rest: Any, world: World) -> None:
    assert rest("chief").send("GET", f"activities/{world.activity['south1']}/comments").status_code == 404
    assert rest("chief").send("GET", f"tickets/{world.ticket['south1']}/attachments").status_code == 404


def read_text(statement: str) -> list[tuple[Any, ...]]:
    with db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def test_rows_of_the_earlier_release_are_taken_over_and_back(app: Flask, world: World) -> None:
    with app.app_context():
        with as_system("import"):
            add_parts(world)
            last = add_comment(db.session.get_one(Ticket, world.ticket["north1"]), "gone")
            db.session.commit()
            gone = last.id
            bulk.purge(db.session(), TicketComment, TicketComment.id == gone)
            db.session.commit()
        db.session.remove()
        before = take_snapshot(app, "comment", "attachment", "history")
        downgrade(revision=EARLIER)
        db.session.remove()
        assert {"ticket_comment", "attachment"} <= set(inspect(db.engine).get_table_names())
        comments = read_text("SELECT id, ticket_id, customer_id, text FROM ticket_comment ORDER BY id")
        files = read_text("SELECT id, contract_id, customer_id, name FROM attachment ORDER BY id")
        assert len(comments) == len(world.ticket) and len(files) == len(world.contract)
        upgrade()
        db.session.remove()
        assert take_snapshot(app, "comment", "attachment", "history") == before
        assert read_text("SELECT id, record_id, root_id, text FROM comment ORDER BY id") == comments
        assert read_text("SELECT id, record_id, root_id, name FROM attachment ORDER BY id") == files
        with as_system("import"):
            row = add_comment(db.session.get_one(Ticket, world.ticket["north1"]), "next")
            db.session.commit()
            assert row.id > gone  # the history tells of that one under its number


def test_parts_of_other_records_stop_the_way_back(app: Flask, world: World) -> None:
    with app.app_context():
        with as_system("import"):
            add_parts(world)
            db.session.connection().execute(Comment.__table__.update().values(record_model="Case"))
            db.session.commit()
        db.session.remove()
        with pytest.raises(SetupRefused, match="comment holds rows of other records than Ticket"):
            downgrade(revision=EARLIER)
        db.session.remove()
        assert "comment" in inspect(db.engine).get_table_names()


def test_the_history_still_knows_files_by_their_former_name(app: Flask, world: World, sign_in: Any) -> None:
    """Lines are sealed and never rewritten: what earlier releases called `Attachment` is told of as a contract's file."""
    with app.app_context(), as_system("import"):
        add_parts(world)
        table = HistoryEntry.__table__
        db.session.connection().execute(table.update().where(table.c.model == "ContractAttachment").values(model="Attachment"))
        db.session.commit()
    page = sign_in("chief").get(f"/contracts/show/{world.contract['south1']}").text
    assert "south1.pdf" in page.split('id="history"', 1)[-1]
    assert "south1.pdf" in sign_in("chief").get("/history/?q=south1.pdf").text


def test_no_part_is_read_that_nobody_asked_for(app: Flask, world: World) -> None:
    """The content of files is not loaded with their list."""
    with app.app_context(), as_system("import"):
        add_parts(world)
        db.session.expunge_all()
        (row,) = read_parts(Attachment, db.session.get_one(Contract, world.contract["south1"]))
        assert "content" in inspect(row).unloaded
        assert isinstance(row, Owned)

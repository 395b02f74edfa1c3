"""The bin: who restores what; what went in together comes back together; out for good by an Admin alone, with a reason."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select

from app.activities.models import Activity
from app.contracts.models import Contract, ContractAttachment
from app.core.access.scope import is_restorable, make_restore_condition, owned_models
from app.core.access.viewer import acting_as, as_system, load_viewer
from app.core.base.errors import RuleViolation
from app.core.writes.history import HistoryEntry
from app.core.writes.numbering import IssuedNumber
from app.core.writes.ownership import PARENT_IN_BIN
from app.customers.models import Contact, Customer
from app.extensions import db
from app.staff.models import Staff

from ..factories import PEOPLE, World, make_activity, make_customer, make_share


def living(app: Flask, model: Any, row_id: int) -> bool | None:
    """Tell whether a row lives (True), lies in the bin (False) or is gone (None)."""
    with app.app_context():
        table = model.__table__.c
        row = db.session.connection().execute(select(table.deleted_at).where(table.id == row_id)).first()
    return None if row is None else row.deleted_at is None


def test_who_deletes_restores_with_all_that_went_along(app: Flask, world: World, sign_in: Any) -> None:
    owner, pk = sign_in("south1"), world.lead["south1"]
    with app.app_context(), as_system("import"):
        contact = db.session.scalars(select(Contact.id).where(Contact.customer_id == pk)).one()
    owner.post(f"/customers/delete/{pk}")
    assert (living(app, Customer, pk), living(app, Contact, contact)) == (False, False)
    page = owner.get("/bin/").text
    assert "south1 Lead Ltd" in page and "Delete for good" not in page
    assert owner.post(f"/bin/restore/customer/{pk}").status_code == 302
    assert (living(app, Customer, pk), living(app, Contact, contact)) == (True, True)
    assert owner.get(f"/customers/show/{pk}").status_code == 200


@pytest.mark.parametrize("access", ["full", "read"])
def test_a_borrower_neither_deletes_nor_restores(app: Flask, world: World, sign_in: Any, rest: Any, access: str) -> None:
    pk = world.lead["south1"]
    with app.app_context(), as_system("import"):
        make_share("Customers", pk, db.session.get_one(Staff, world.people["south2"]), access)
        db.session.commit()
    borrower = sign_in("south2")
    assert f"/customers/delete/{pk}" not in borrower.get(f"/customers/show/{pk}").text
    borrower.post(f"/customers/delete/{pk}")
    assert rest("south2").send("DELETE", f"customers/{pk}").status_code == 403
    assert living(app, Customer, pk) is True
    sign_in("south1").post(f"/customers/delete/{pk}")
    assert living(app, Customer, pk) is False
    assert "south1 Lead Ltd" not in borrower.get("/bin/").text
    assert borrower.post(f"/bin/restore/customer/{pk}").status_code == 404
    assert living(app, Customer, pk) is False


def read_question(page: str) -> str:
    """Return what the record page's Delete asks first."""
    return unescape(page.split('action="/customers/delete/', 1)[1].split('data-confirm="', 1)[1].split('"', 1)[0])


def test_the_question_says_what_goes_along_and_that_it_can_be_restored(app: Flask, world: World, sign_in: Any) -> None:
    owner, pk = sign_in("south1"), world.lead["south1"]
    assert read_question(owner.get(f"/customers/show/{pk}").text) == "Delete “south1 Lead Ltd”? The bin can restore it."
    with app.app_context(), as_system("import"):
        author = db.session.get_one(Staff, world.people["south1"])
        for _turn in range(3):
            make_activity(db.session.get_one(Customer, pk), author)
        db.session.commit()
    wanted = "Delete “south1 Lead Ltd”? What hangs on it goes along (Activities: 3). The bin can restore all of it."
    assert read_question(owner.get(f"/customers/show/{pk}").text) == wanted
    assert "Contracts" not in read_question(owner.get(f"/customers/show/{world.signed['south1']}").text)
    assert 'data-confirm-t="Delete “{name}”?"' in owner.get("/customers/").text
    assert 'data-confirm="Delete “Entered”?"' in sign_in("it").get("/statuses/show/1").text
    owner.post(f"/customers/delete/{pk}")
    with app.app_context(), as_system():
        assert db.session.scalars(select(Activity.id).where(Activity.customer_id == pk)).all() == []


def test_the_question_names_no_screen_that_the_viewer_lacks(app: Flask, world: World, sign_in: Any) -> None:
    with app.app_context(), as_system("import"):
        make_activity(db.session.get_one(Customer, world.lead["south1"]), db.session.get_one(Staff, world.people["south1"]))
        role = db.session.scalars(select(Role).where(Role.name == "Salesperson")).one()
        role.permissions = [one for one in role.permissions if one.view_menu.name != "Activities"]
        db.session.commit()
    question = read_question(sign_in("south1").get(f"/customers/show/{world.lead['south1']}").text)
    assert question == "Delete “south1 Lead Ltd”? The bin can restore it."


def test_a_manager_restores_what_they_could_not_delete_and_others_find_nothing(app: Flask, world: World, sign_in: Any) -> None:
    pk = world.lead["south1"]
    sign_in("south1").post(f"/customers/delete/{pk}")
    assert sign_in("boss_south").post(f"/customers/delete/{world.lead['south2']}").status_code == 403
    for person in ("south2", "boss_north", "north1"):
        browser = sign_in(person)
        assert "south1 Lead Ltd" not in browser.get("/bin/").text
        assert browser.post(f"/bin/restore/customer/{pk}").status_code == 404
    assert sign_in("director").get("/bin/").status_code == 403
    assert sign_in("boss_south").post(f"/bin/restore/customer/{pk}").status_code == 302
    assert living(app, Customer, pk) is True


def test_restoring_by_the_session_is_refused_to_the_same_people(app: Flask, world: World) -> None:
    pk = world.lead["south1"]
    with app.app_context(), as_system("import"):
        db.session.delete(db.session.get_one(Customer, pk))
        db.session.commit()
    for person in ("north1", "boss_north", "director", "service1", "it"):
        with app.app_context():
            with as_system():
                row = db.session.scalars(select(Customer).where(Customer.id == pk), execution_options={"with_bin": True}).one()
            with acting_as(world.people[person]):
                row.deleted_at = None
                with pytest.raises(RuleViolation):
                    db.session.commit()
                db.session.rollback()
    assert living(app, Customer, pk) is False


@pytest.mark.parametrize("person", list(PEOPLE))
def test_the_condition_and_its_python_twin_agree(app: Flask, world: World, person: str) -> None:
    with app.app_context(), as_system():
        rows = {model: list(db.session.scalars(select(model))) for model in owned_models()}
        viewer = load_viewer(world.people[person])
        for model, found in rows.items():
            condition = make_restore_condition(model, viewer)
            if isinstance(condition, bool):
                wanted = {row.id for row in found} if condition else set()
            else:
                wanted = set(db.session.scalars(select(model.id).where(condition)))
            assert {row.id for row in found if is_restorable(viewer, row)} == wanted


def test_a_child_does_not_come_back_before_its_customer(app: Flask, world: World) -> None:
    with app.app_context(), as_system("import"):
        customer = make_customer("Parent Ltd", db.session.get_one(Staff, world.people["south1"]), "lead")
        db.session.flush()
        activity = make_activity(customer, db.session.get_one(Staff, world.people["south1"]))
        db.session.commit()
        db.session.delete(activity)
        db.session.commit()
        db.session.delete(customer)
        db.session.commit()
        row = db.session.scalars(select(Activity).where(Activity.id == activity.id), execution_options={"with_bin": True}).one()
        row.deleted_at = None
        with pytest.raises(RuleViolation) as refusal:
            db.session.commit()
        assert refusal.value.message is PARENT_IN_BIN
        db.session.rollback()


def test_only_an_admin_deletes_for_good_and_number_and_reason_stay(app: Flask, world: World, sign_in: Any) -> None:
    owner, chief, pk = sign_in("south1"), sign_in("chief"), world.lead["south1"]
    owner.post(f"/customers/delete/{pk}")
    with app.app_context():
        number = db.session.connection().execute(select(Customer.__table__.c.number).where(Customer.__table__.c.id == pk)).scalar_one()
    for person in ("south1", "boss_south"):
        assert sign_in(person).post(f"/bin/purge/customer/{pk}", {"reason": "mine"}).status_code == 403
    assert "Enter the reason" in chief.post(f"/bin/purge/customer/{pk}", {"reason": " "}, follow_redirects=True).text
    assert living(app, Customer, pk) is False
    assert "deleted for good" in chief.post(f"/bin/purge/customer/{pk}", {"reason": "entered twice"}, follow_redirects=True).text
    assert living(app, Customer, pk) is None
    with app.app_context():
        ledger = db.session.get_one(IssuedNumber, number)
        assert (ledger.fate, ledger.reason) == ("purged", "entered twice")
        line = db.session.scalars(select(HistoryEntry).where(HistoryEntry.model == "Customer", HistoryEntry.kind == "purge")).one()
        assert (line.row_id, line.old, line.new, line.actor_id) == (pk, "south1 Lead Ltd", "entered twice", world.people["chief"])
    page = chief.get("/numbers/").text
    assert "Purged" in page and "entered twice" in page and "Gap" not in page
    lines = [unescape(row) for row in chief.get("/history/?module=Customers").text.split("<tr")]
    (line,) = [row for row in lines if "Deleted for good south1 Lead Ltd · entered twice" in row]
    assert line.count("south1 Lead Ltd") > 1  # the record is called by its name, not by the reason
    contact = [row for row in lines if "Deleted for good entered twice" in row]
    assert len(contact) == 1  # what went with it has a line of its own


def test_a_removed_contact_comes_back_from_the_bin(app: Flask, world: World, sign_in: Any) -> None:
    owner, pk = sign_in("south1"), world.signed["south1"]
    with app.app_context(), as_system("import"):
        contact = db.session.scalars(select(Contact).where(Contact.customer_id == pk)).one()
        name, contact_id = contact.name, contact.id
        db.session.delete(contact)
        db.session.commit()
    assert name in owner.get("/bin/?kind=contact").text
    assert name not in sign_in("north1").get("/bin/?kind=contact").text
    answer = owner.post(f"/bin/restore/contact/{contact_id}")
    assert answer.status_code == 302 and answer.location.endswith(f"/customers/show/{pk}")
    assert living(app, Contact, contact_id) is True
    page = owner.get(f"/customers/show/{pk}?show=history").text
    assert f"Restored from the bin {name}" in page and f"Moved to the bin {name}" in page


def test_what_is_not_in_the_bin_or_has_numbers_below_is_not_purged(app: Flask, world: World, sign_in: Any) -> None:
    chief = sign_in("chief")
    assert chief.post(f"/bin/purge/customer/{world.lead['south2']}", {"reason": "x"}).status_code == 404
    contract = world.contract["south1"]
    with app.app_context(), as_system("import"):
        file = {"name": "a.pdf", "media_type": "x", "size": 5, "sha256": "0", "content": b"%PDF-"}
        db.session.add(ContractAttachment(record_id=contract, root_id=world.signed["south1"], **file))
        db.session.commit()
        db.session.delete(db.session.get_one(Contract, contract))
        db.session.commit()
    answer = chief.post(f"/bin/purge/contract/{contract}", {"reason": "never signed"}, follow_redirects=True)
    assert "deleted for good" in answer.text
    assert living(app, Contract, contract) is None


@pytest.mark.parametrize("whole", [False, True], ids=["a contact", "its customer"])
def test_what_names_a_contact_lets_go_of_it_when_it_is_deleted_for_good(app: Flask, world: World, sign_in: Any, whole: bool) -> None:
    """A call names whom one spoke to, and the customer who was spoken to last: neither keeps the row, and the history tells it."""
    pk, chief = world.lead["south1"], sign_in("chief")
    with app.app_context(), as_system("import"):
        contact = db.session.scalars(select(Contact).where(Contact.customer_id == pk)).one()
        call = make_activity(db.session.get_one(Customer, pk), db.session.get_one(Staff, world.people["south1"]))
        call.contact_id = contact.id
        db.session.commit()
        call_id, contact_id = call.id, contact.id
        assert db.session.scalar(select(Customer.last_contact_with_id).where(Customer.id == pk)) == contact_id
        db.session.delete(db.session.get_one(Customer, pk) if whole else contact)
        db.session.commit()
    kind, gone = ("customer", pk) if whole else ("contact", contact_id)
    answer = chief.post(f"/bin/purge/{kind}/{gone}", {"reason": "entered twice"}, follow_redirects=True)
    assert "deleted for good" in answer.text
    assert living(app, Contact, contact_id) is None
    assert living(app, Activity, call_id) is (None if whole else True)
    if whole:
        return
    with app.app_context(), as_system():
        assert db.session.get_one(Activity, call_id).contact_id is None
        assert db.session.scalar(select(Customer.last_contact_with_id).where(Customer.id == pk)) is None
        line = db.session.scalars(
            select(HistoryEntry).where(HistoryEntry.row_id == call_id, HistoryEntry.field == "contact_id").order_by(HistoryEntry.id.desc())
        ).first()
        assert line is not None and (line.old, line.new) == (str(contact_id), None)


def test_each_kind_is_counted_within_reach(app: Flask, world: World, sign_in: Any) -> None:
    for person in ("south1", "north1"):
        assert sign_in(person).post(f"/customers/delete/{world.lead[person]}").status_code == 302
    tab = re.compile(r"kind=(\w+)\"[^>]*>[^<]*<small>(\d+)<")
    counted = {person: dict(tab.findall(sign_in(person).get("/bin/").text)) for person in ("south1", "north1", "chief")}
    assert [counted[person]["customer"] for person in ("south1", "north1", "chief")] == ["1", "1", "2"]

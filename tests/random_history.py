"""Random histories of a company: each step is done in the app, by the system or by a person, and told to the oracle."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask
from flask_appbuilder.security.sqla.models import Group, Role
from sqlalchemy import select

from app.core.access.scope import BIN_OPTION
from app.core.access.viewer import acting_as, as_system, load_viewer
from app.core.base import clock
from app.core.base.errors import HiddenRow, RuleViolation
from app.core.sharing import shares
from app.customers.models import Customer
from app.extensions import db
from app.staff.models import Department, Staff

from .access_records import find_form
from .factories import find_status, make_activity, make_contract, make_customer, make_record, make_ticket
from .made_rows import find_text
from .oracle import DECLARED, MODULES, Oracle, Person, Record
from .surfaces import label_column

WORDS = ("amber", "birch", "cedar", "dune")
GIVEN_ROLES = ("Salesperson", "Regional manager", "Maintenance", "Management", "IT")
GROUP = "watchers"


class History:
    """The app, the oracle, and what has happened so far."""

    def __init__(self, app: Flask, seed: int) -> None:
        self.app, self.random = app, random.Random(seed)
        self.told: list[str] = []
        self.wrong: list[str] = []  # writes that were done or refused otherwise than the oracle says
        self.oracle = Oracle()
        self.models: dict[str, Any] = {module: find_form(app, DECLARED[module].base).datamodel.obj for module in MODULES}
        with app.app_context(), as_system("import"):
            db.session.add(Group(name=GROUP, label="", description="", roles=[self._role("Management")]))
            db.session.commit()
            self._read_company()

    def _read_company(self) -> None:
        oracle = self.oracle
        oracle.group_roles = {GROUP: {"Management"}}
        oracle.above = {row.id: row.parent_id for row in db.session.scalars(select(Department))}
        for one in db.session.scalars(select(Staff)):
            oracle.people[one.id] = Person(one.department_id, {role.name for role in one.roles})
        for module, model in self.models.items():
            for row in db.session.scalars(select(model)):
                self._learn(module, row, word="")
        for share in db.session.scalars(select(shares.Share)):
            oracle.shares[share.module, share.row_id, share.staff_id] = share.access

    def _learn(self, module: str, row: Any, word: str) -> None:
        is_customer = module == "Customers"
        root, owner, stage = (row.id, row.owner_id, row.stage) if is_customer else (row.customer_id, 0, "")
        label = getattr(row, label_column(self.app, module))
        self.oracle.records[module, row.id] = Record(module, row.id, root, label, word, stage=stage, owner=owner)

    # -- steps ----------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Let one thing happen."""
        steps: list[tuple[Callable[[], str], int]] = [
            (self.add_customer, 5), (self.give, 4), (self.give_by_person, 4), (self.share, 5), (self.unshare, 2), (self.move_person, 2),
            (self.move_department, 2), (self.delete, 4), (self.delete_by_person, 3), (self.restore, 3), (self.close_account, 1),
            (self.open_account, 2), (self.sign, 3), (self.write, 5), (self.write_by_person, 6), (self.change_roles, 3),
            (self.join_or_leave_group, 1),
        ]  # fmt: skip
        chosen = self.random.choices([step for step, _ in steps], [weight for _, weight in steps])[0]
        self.told.append(f"{len(self.told) + 1}. {chosen.__name__}: {chosen()}")

    def add_customer(self) -> str:
        owner, stage, word = self._person(active=True), self.random.choice(("signed", "lead")), self.random.choice(WORDS)
        if owner is None:
            return "nobody"

        def do() -> Any:
            return make_customer(f"{word} {len(self.told)} Ltd", db.session.get_one(Staff, owner), stage)

        return self._add("Customers", do, word, who=None, allowed=True)

    def give(self) -> str:
        row, receiver = self._row("Customers"), self._person(active=True)
        if row is None or receiver is None:
            return "nothing"
        self._do(None, lambda: setattr(self._load(row), "owner_id", receiver), allowed=True)
        row.owner = receiver
        return f"customer {row.id} to {receiver}"

    def give_by_person(self) -> str:
        row, receiver, who = self._row("Customers"), self._person(), self._writer()
        if row is None or receiver is None or receiver == row.owner:
            return "nothing"
        if self._do(who, lambda: setattr(self._load(row), "owner_id", receiver), allowed=self.oracle.may_give(who, row, receiver)):
            row.owner = receiver
            return f"customer {row.id} to {receiver} by {who}"
        return f"customer {row.id} to {receiver} by {who} refused"

    def share(self) -> str:
        row, person = self._row(self.random.choice(MODULES)), self._person()
        if row is None or person is None:
            return "nothing"
        access = self.random.choice(("read", "read", "full"))
        days = self.random.choice((None, None, 0, 5, -1))
        with self.app.app_context():
            until = None if days is None else clock.today() + timedelta(days=days)
        self._do(None, lambda: shares.grant(db.session(), self._load(row), person, access, until), allowed=True)
        self.oracle.shares.pop((row.module, row.id, person), None)
        if days != -1:
            self.oracle.shares[row.module, row.id, person] = access
        return f"{row.module} {row.id} with {person}, {access}, until {until}"

    def unshare(self) -> str:
        known = [key for key in sorted(self.oracle.shares) if self.oracle.records[key[:2]].bin is None]
        if not known:
            return "nothing"
        module, row_id, person = self.random.choice(known)
        row = self.oracle.records[module, row_id]
        self._do(None, lambda: shares.revoke(db.session(), self._load(row), person), allowed=True)
        del self.oracle.shares[module, row_id, person]
        return f"{module} {row_id} from {person}"

    def move_person(self) -> str:
        person, department = self._person(), self.random.choice(sorted(self.oracle.above))
        assert person is not None
        self._do(None, lambda: setattr(db.session.get_one(Staff, person), "department_id", department), allowed=True)
        self.oracle.people[person].department = department
        return f"{person} to department {department}"

    def move_department(self) -> str:
        below = self.random.choice([key for key, parent in sorted(self.oracle.above.items()) if parent is not None])
        tops = [key for key in sorted(self.oracle.above) if not self.oracle.is_below(key, below)]
        top = self.random.choice(tops)
        self._do(None, lambda: setattr(db.session.get_one(Department, below), "parent_id", top), allowed=True)
        self.oracle.above[below] = top
        return f"{below} below {top}"

    def delete(self) -> str:
        row = self._row(self.random.choice(MODULES))
        if row is None:
            return "nothing"
        is_free = row.module != "Customers" or not self.oracle.has_dependants(row)
        if self._do(None, lambda: db.session.delete(self._load(row)), allowed=is_free):
            self.oracle.put_in_bin(row, len(self.told))
        return f"{row.module} {row.id}{'' if is_free else ' refused'}"

    def delete_by_person(self) -> str:
        free = [row for row in self.oracle.living("Customers") if not self.oracle.has_dependants(row)]
        row, who = self.random.choice(free) if free and self.random.random() < 0.8 else self._row("Customers"), self._writer()
        if row is None:
            return "nothing"
        if self._do(who, lambda: db.session.delete(self._load(row)), allowed=self.oracle.may_delete(who, row)):
            self.oracle.put_in_bin(row, len(self.told))
            return f"customer {row.id} by {who}"
        return f"customer {row.id} by {who} refused"

    def restore(self) -> str:
        deleted = [row for row in self.oracle.records.values() if row.bin is not None]
        deleted = [row for row in deleted if row.module == "Customers" or self.oracle.customer(row).bin is None]
        if not deleted:
            return "nothing"
        row = self.random.choice(deleted)
        self._do(None, lambda: setattr(self._load(row), "deleted_at", None), allowed=True)
        self.oracle.take_out(row)
        return f"{row.module} {row.id}"

    def close_account(self) -> str:
        people = [key for key, one in sorted(self.oracle.people.items()) if one.active and "Admin" not in one.roles]
        return self._set_active(self.random.choice(people), is_active=False) if len(people) > 6 else "nobody"

    def open_account(self) -> str:
        people = [key for key, one in sorted(self.oracle.people.items()) if not one.active]
        return self._set_active(self.random.choice(people), is_active=True) if people else "nobody"

    def _set_active(self, person: int, *, is_active: bool) -> str:
        self._do(None, lambda: setattr(db.session.get_one(Staff, person), "active", is_active), allowed=True)
        self.oracle.people[person].active = is_active
        return str(person)

    def sign(self) -> str:
        row = self._row("Customers", stage="lead")
        if row is None:
            return "nothing"
        self._do(None, lambda: setattr(self._load(row), "status_id", find_status("signed").id), allowed=True)
        row.stage = "signed"
        return f"customer {row.id}"

    def write(self) -> str:
        return self._write(None)

    def write_by_person(self) -> str:
        return self._write(self._writer())

    def _write(self, who: int | None) -> str:
        module = self.random.choice(MODULES[1:])
        stage = "signed" if DECLARED[module].signed_only and not who else None
        customer, word = self._row("Customers", stage=stage), self.random.choice(WORDS)
        if customer is None:
            return "nothing"
        text = f"{word} {len(self.told)} {module}"
        allowed = who is None or self.oracle.may_add(who, module, customer)

        def do() -> Any:
            parent = self._find(customer) or Customer(id=customer.id, name="?")  # not theirs: the gate must say so
            if module == "Activities":
                return make_activity(parent, db.session.get_one(Staff, who or customer.owner), text=text)
            if module == "Contracts":
                return make_contract(parent, title=text, **({"status": "draft"} if who else {}))
            if module == "Tickets":
                return make_ticket(parent, subject=text)
            model, owner = self.models[module], db.session.get_one(Staff, customer.owner)
            return make_record(model, owner, parent, **{find_text(model, [column.name for column in model.__table__.columns]): text})

        return self._add(module, do, word, who=who, allowed=allowed)

    def change_roles(self) -> str:
        person = self._person()
        assert person is not None
        one = self.oracle.people[person]
        if "Admin" in one.roles:
            return "an administrator stays"
        roles = one.roles ^ {self.random.choice(GIVEN_ROLES)}
        self._do(
            None, lambda: setattr(db.session.get_one(Staff, person), "roles", [self._role(name) for name in sorted(roles)]), allowed=True
        )
        one.roles = roles
        return f"{person} has {sorted(roles)}"

    def join_or_leave_group(self) -> str:
        people = [key for key, one in sorted(self.oracle.people.items()) if "Admin" not in one.roles]
        person = self.random.choice(people)
        self.oracle.people[person].groups ^= {GROUP}
        members = [key for key in people if GROUP in self.oracle.people[key].groups]

        def do() -> None:
            group = db.session.scalars(select(Group).where(Group.name == GROUP)).one()
            group.users = [db.session.get_one(Staff, key) for key in members]

        self._do(None, do, allowed=True)
        return f"members {members}"

    # -- pieces ---------------------------------------------------------------------------------------------------

    def _role(self, name: str) -> Any:
        return db.session.scalars(select(Role).where(Role.name == name)).one()

    def _person(self, *, active: bool = False) -> int | None:
        people = [key for key, one in sorted(self.oracle.people.items()) if one.active or not active]
        return self.random.choice(people) if people else None

    def _writer(self) -> int:
        """Return an active person, more often one who has something to write."""
        active = [key for key, one in sorted(self.oracle.people.items()) if one.active]
        able = [key for key in active if any(self.oracle.may(key, action, "Customers") for action in ("add", "edit", "pick"))]
        return self.random.choice(able if able and self.random.random() < 0.8 else active)

    def _row(self, module: str, stage: str | None = None) -> Record | None:
        rows = [row for row in self.oracle.living(module) if stage in (None, row.stage)]
        return self.random.choice(rows) if rows else None

    def _find(self, row: Record) -> Any:
        """Return the row through the session, the bin included; None when the person does not reach it."""
        model = self.models[row.module]
        return db.session.scalar(select(model).where(model.id == row.id), execution_options={BIN_OPTION: True})

    def _load(self, row: Record) -> Any:
        """Return the row; refuse as a page does when the person does not reach it."""
        found = self._find(row)
        if found is None:
            raise HiddenRow("not there")
        return found

    def _add(self, module: str, do: Callable[[], Any], word: str, *, who: int | None, allowed: bool) -> str:
        made: list[Any] = []
        if not self._do(who, lambda: made.append(do()), allowed=allowed, after=lambda: self._learn(module, made[0], word)):
            return f"{module} by {who} refused"
        return f"{module} {next(reversed(self.oracle.records.values())).id} by {who or 'the system'}"

    def _do(self, who: int | None, do: Callable[[], Any], *, allowed: bool, after: Callable[[], Any] = lambda: None) -> bool:
        """Do it in the name of a person (None: the system); whether it is refused must be what the oracle says."""
        with self.app.app_context():
            viewer = load_viewer(who) if who is not None else None
            with acting_as(viewer) if viewer is not None else as_system("import"):
                reason: str | None
                try:
                    do()
                    db.session.commit()
                    done, reason = True, None
                except RuleViolation as refusal:
                    db.session.rollback()
                    done, reason = False, str(refusal)
                if done:
                    with as_system("import"):
                        after()
        if done != allowed:
            self.wrong.append(f"step {len(self.told) + 1} by {who}: {'done' if done else reason!r}, oracle says {allowed}")
        return done

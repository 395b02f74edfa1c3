"""What each kind of person does in the mixed load: reads and writes, as often as people do them, in a seeded order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

from company import FIRST, SECOND, ZH_FIRST, ZH_PLACE
from mixed_person import Person

WORDS = (*FIRST, *SECOND, *ZH_PLACE, *ZH_FIRST, "4", "17", "12")


OWN, SHARED = False, True
Act = tuple[Any, ...]  # how often, the method, what it is called with


@dataclass
class Pool:
    """Ids of the records that a person writes: their own, and those that several people write."""

    customers: list[int] = field(default_factory=list)
    activities: list[int] = field(default_factory=list)
    contracts: list[int] = field(default_factory=list)
    tickets: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Ground:
    """What new records refer to."""

    lead: int
    terminated: int
    kind: int
    priority: int
    today: str
    signed: frozenset[int]  # customers


class Worker:
    """A person at work. Each method is one thing that people do."""

    reads: Sequence[Act] = ((10, "read_list"), (9, "search"), (10, "show"), (9, "pick"), (4, "list_rest"), (8, "look"))
    writes: Sequence[Act] = ()
    modules: Sequence[str] = ("customers", "activities", "contracts", "tickets")
    pickers: Sequence[str] = ("customers", "signed-customers", "contract-customers")

    def __init__(self, person: Person, own: Pool, shared: Pool, ground: Ground) -> None:
        self.person, self.random, self.own, self.shared, self.ground = person, person.random, own, shared, ground
        self._acts = [*self.reads, *self.writes]
        self._weights = [act[0] for act in self._acts]
        self.leads: list[int] = []
        self.drafts: list[int] = []
        self.states: dict[int, str] = {}

    def act(self) -> None:
        """Do one thing."""
        _weight, name, *given = self.random.choices(self._acts, self._weights)[0]
        do: Callable[..., Any] = getattr(self, name)
        do(*given)

    def choose(self, module: str, is_shared: bool = OWN) -> int:
        """Return a record of the module, one's own or a shared one."""
        return self.random.choice(getattr(self.shared if is_shared else self.own, module))

    # -- reads ----------------------------------------------------------------------------------------------------

    def read_list(self) -> None:
        """Open the start page, or a list somewhere."""
        module = self.random.choice(self.modules)
        self.person.ask("GET", self.random.choice(["/", f"/{module}/", f"/{module}/?page=2", f"/{module}/?last=1"]))

    def search(self) -> None:
        """Search a list for a word."""
        self.person.ask("GET", f"/{self.random.choice(self.modules)}/?q={quote_plus(self.random.choice(WORDS))}")

    def show(self) -> None:
        """Open a record's page."""
        module = self.random.choice([name for name in self.modules if getattr(self.own, name)])
        self.person.ask("GET", f"/{module}/show/{self.choose(module)}")

    def pick(self) -> None:
        """Type into a picker."""
        self.person.ask("GET", f"/lookup/{self.random.choice(self.pickers)}?q={quote_plus(self.random.choice(WORDS))}")

    def list_rest(self) -> None:
        """Read a page of a list over REST."""
        order = f"order_column:id,order_direction:desc,page:{self.random.randrange(3)},page_size:25"
        self.person.ask("GET", f"/api/v1/{self.random.choice(self.modules)}/?q=({order})")

    def look(self) -> None:
        """Read one's own record over REST."""
        self.look_at(self.random.choice([name for name in self.modules if getattr(self.own, name)]))

    def look_at(self, module: str) -> None:
        """Read one's own record of a module, and compare it with what one saved there."""
        table, names = FIELDS[module]
        self.person.look(module, table, self.choose(module), *names)

    # -- writes ---------------------------------------------------------------------------------------------------

    def put(self, module: str, is_shared: bool) -> None:
        """Change a record over REST; a shared one sometimes only if nobody else has saved it since it was read."""
        table, names = FIELDS[module]
        row, more = self.choose(module, is_shared), {}
        if is_shared and self.random.random() < 0.4:
            version = self.person.look(module, table, row).get("row_version")
            more = {"row_version": version} if version else {}
        self.person.put(module, table, row, self.random.choice(names), is_shared=is_shared, **more)

    def edit(self, module: str, is_shared: bool) -> None:
        """Change a record by its form."""
        table, names = FIELDS[module]
        row = self.choose(module, is_shared)
        path = f"/{module}/edit/{row}"
        self.person.send_form(path, path, table, row, self.random.choice(names), is_shared=is_shared)


FIELDS = {
    "customers": ("customer", ("address", "remark")),
    "activities": ("activity", ("text", "result")),
    "contracts": ("contract", ("title", "remark")),
    "tickets": ("ticket", ("subject", "description")),
}


class Director(Worker):
    """Reads everything and writes nothing."""

    pickers = ("customers",)


class Manager(Worker):
    """Reads the region; corrects customers and contracts of it."""

    writes = (
        (6, "put", "customers", OWN), (3, "put", "customers", SHARED), (4, "edit", "customers", OWN), (3, "edit", "customers", SHARED),
        (4, "put", "contracts", OWN), (2, "put", "contracts", SHARED),
    )  # fmt: skip


class Seller(Worker):
    """Works on customers: calls, contracts, leads."""

    writes = (
        (4, "put", "customers", OWN), (3, "put", "customers", SHARED), (4, "edit", "customers", OWN), (2, "edit", "customers", SHARED),
        (4, "post_activity"), (4, "add_activity"), (3, "put", "activities", OWN), (2, "post_customer"), (1, "add_customer"),
        (2, "end_lead"), (3, "post_contract"), (1, "add_contract"), (3, "put", "contracts", OWN), (2, "put", "contracts", SHARED),
        (2, "void_contract"),
    )  # fmt: skip

    def any_customer(self) -> int:
        """Return one's own customer, or now and then a shared one."""
        return self.choose("customers", self.random.random() < 0.25)

    def signed_customer(self) -> int:
        """Return one's own signed customer, or now and then a shared one."""
        signed = [key for key in self.own.customers if key in self.ground.signed]
        return self.random.choice(self.shared.customers if self.random.random() < 0.25 else signed)

    def post_activity(self) -> None:
        """Log a call over REST."""
        more = {"customer_id": self.any_customer(), "kind_id": self.ground.kind, "happened_at": f"{self.ground.today}T00:00:00"}
        write = self.person.post("activities", "activity", "text", **more)
        self.own.activities.extend([write.row] * write.is_acknowledged)

    def add_activity(self) -> None:
        """Log a call by the form."""
        page = f"/activities/add?customer={self.any_customer()}"
        write = self.person.send_form(page, "/activities/add", "activity", 0, "text")
        if write is not None and write.is_acknowledged:
            self.own.activities.append(write.row)

    def post_customer(self) -> None:
        """Enter a lead over REST."""
        write = self.person.post("customers", "customer", "name", status_id=self.ground.lead)
        self.leads.extend([write.row] * write.is_acknowledged)

    def add_customer(self) -> None:
        """Enter a lead by the form."""
        write = self.person.send_form("/customers/add", "/customers/add", "customer", 0, "name", status=str(self.ground.lead))
        if write is not None and write.is_acknowledged:
            self.leads.append(write.row)

    def end_lead(self) -> None:
        """End one of the leads that one entered, by the dialog of its page."""
        if self.leads:
            row = self.leads.pop()
            more = {"status": str(self.ground.terminated), "ended_on": self.ground.today}
            self.person.send_form(f"/customers/show/{row}", f"/customers/status/{row}", "customer", row, "status_reason", **more)

    def post_contract(self) -> None:
        """Draft a contract over REST."""
        write = self.person.post("contracts", "contract", "title", customer_id=self.signed_customer(), amount="5")
        self.drafts.extend([write.row] * write.is_acknowledged)

    def add_contract(self) -> None:
        """Draft a contract by the form."""
        page = f"/contracts/add?customer={self.signed_customer()}"
        write = self.person.send_form(page, "/contracts/add", "contract", 0, "title", amount="7")
        if write is not None and write.is_acknowledged:
            self.drafts.append(write.row)

    def void_contract(self) -> None:
        """Void one of the drafts that one wrote, over REST or by the dialog of its page."""
        if not self.drafts:
            return
        row = self.drafts.pop()
        if self.random.random() < 0.5:
            self.person.put("contracts", "contract", row, "status_reason", status="void")
        else:
            self.person.send_form(f"/contracts/show/{row}", f"/contracts/move/{row}", "contract", row, "status_reason", move="void")


class Service(Worker):
    """Works on tickets."""

    modules = ("tickets",)
    pickers = ("signed-customers", "maintenance-staff")
    writes = (
        (5, "put", "tickets", OWN), (4, "put", "tickets", SHARED), (4, "edit", "tickets", OWN), (3, "edit", "tickets", SHARED),
        (4, "post_ticket"), (5, "comment", OWN), (4, "comment", SHARED), (5, "move"),
    )  # fmt: skip

    def post_ticket(self) -> None:
        """Log a fault over REST."""
        customer = self.random.choice(sorted(self.ground.signed))
        write = self.person.post("tickets", "ticket", "subject", customer_id=customer, priority_id=self.ground.priority)
        self.own.tickets.extend([write.row] * write.is_acknowledged)

    def comment(self, is_shared: bool) -> None:
        """Comment on a ticket."""
        row = self.choose("tickets", is_shared)
        self.person.send_form(f"/tickets/show/{row}", f"/tickets/comment/{row}", "ticket_comment", 0, "text")

    def move(self) -> None:
        """Move a ticket of one's own on, with a reason: over REST, or by the dialog where that asks for one."""
        row = self.choose("tickets")
        state = self.states.get(row, "open")
        target, dialog = {"open": ("waiting", "wait"), "waiting": ("resolved", ""), "resolved": ("open", "reopen")}[state]
        if dialog and self.random.random() < 0.6:
            page, action = f"/tickets/show/{row}", f"/tickets/move/{row}"
            write = self.person.send_form(page, action, "ticket", row, "status_reason", move=dialog)
        else:
            write = self.person.put("tickets", "ticket", row, "status_reason", status=target)
        if write is not None and write.is_acknowledged:
            self.states[row] = target

"""Who reaches which row, in plain Python: DESIGN's rules of scope written a second time, from its text and not from the code.

Knows nothing of app/: it is told what happened and says what each person must see and may do.
"""

from __future__ import annotations

from dataclasses import dataclass, field

NONE, OWN, TREE, ALL = 0, 1, 2, 3
MODULES = ("Customers", "Activities", "Contracts", "Tickets")
SEE = {"list", "show"}
PICK = {*SEE, "pick"}
# role -> module -> (how far, what): DESIGN §4.
RIGHTS: dict[str, dict[str, tuple[int, set[str]]]] = {
    "Salesperson": {
        "Customers": (OWN, {*PICK, "add", "edit", "delete"}),
        "Activities": (OWN, {*SEE, "add", "edit"}),
        "Contracts": (OWN, {*PICK, "add", "edit"}),
        "Tickets": (OWN, {*SEE}),
    },
    "Regional manager": {
        "Customers": (TREE, {*PICK, "edit"}),
        "Activities": (TREE, {*SEE}),
        "Contracts": (TREE, {*PICK, "edit"}),
        "Tickets": (TREE, {*SEE}),
    },
    "Maintenance": {"Customers": (ALL, {"pick"}), "Contracts": (ALL, {"pick"}), "Tickets": (ALL, {*SEE, "add", "edit"})},
    "Management": {module: (ALL, {*SEE}) for module in MODULES},
    "IT": {},
    "Admin": {module: (ALL, {*PICK, "add", "edit", "delete"}) for module in MODULES},
}


@dataclass
class Person:
    """Someone with roles of their own and by group."""

    department: int | None
    roles: set[str]
    active: bool = True
    groups: set[str] = field(default_factory=set)


@dataclass
class Record:
    """A customer (its own root) or a child of one. `bin` is what put it there: a number of its own for each deletion."""

    module: str
    id: int
    root: int
    label: str
    word: str
    stage: str = ""
    owner: int = 0
    bin: int | None = None


Key = tuple[str, int]


class Oracle:
    """The company as it must be."""

    def __init__(self) -> None:
        self.people: dict[int, Person] = {}
        self.above: dict[int, int | None] = {}
        self.group_roles: dict[str, set[str]] = {}
        self.records: dict[Key, Record] = {}
        self.shares: dict[tuple[str, int, int], str] = {}

    # -- facts ----------------------------------------------------------------------------------------------------

    def living(self, module: str) -> list[Record]:
        """Return the rows of a module that are not in the bin."""
        return [row for row in self.records.values() if row.module == module and row.bin is None]

    def customer(self, row: Record) -> Record:
        """Return the customer that a row belongs to."""
        return self.records["Customers", row.root]

    def children(self, customer: Record) -> list[Record]:
        """Return everything of a customer, the bin included."""
        return [row for row in self.records.values() if row.root == customer.id and row.module != "Customers"]

    def is_below(self, department: int | None, top: int | None) -> bool:
        """Tell whether a department is another or below it."""
        while department is not None:
            if department == top:
                return True
            department = self.above[department]
        return False

    def roles_of(self, person: int) -> set[str]:
        """Return the roles a person holds, by groups too; none when the account is closed."""
        one = self.people[person]
        return {*one.roles, *(role for group in one.groups for role in self.group_roles[group])} if one.active else set()

    # -- rules ----------------------------------------------------------------------------------------------------

    def may(self, person: int, action: str, module: str) -> bool:
        """Tell whether a role grants the action, whatever the row."""
        return self.reach(person, module, {action}) > NONE

    def reach(self, person: int, module: str, actions: set[str]) -> int:
        """Return how far a person may do one of the actions: role by role, then the widest."""
        rights = [RIGHTS[role].get(module, (NONE, set())) for role in self.roles_of(person)]
        return max((far for far, what in rights if what & actions), default=NONE)

    def reaches(self, person: int, row: Record, actions: set[str], *, writes: bool = False) -> bool:
        """Tell whether a person may do one of the actions with a living row."""
        far, owner = self.reach(person, row.module, actions), self.customer(row).owner
        if row.bin is not None or far == NONE:
            return False
        if far == ALL or owner == person:
            return True
        if far == TREE and self.is_below(self.people[owner].department, self.people[person].department):
            return True
        lent = {self.shares.get((row.module, row.id, person)), self.shares.get(("Customers", row.root, person))}
        return "full" in lent or ("read" in lent and not writes)

    def seen(self, person: int, module: str) -> set[int]:
        """Return the ids that a person's lists show."""
        return {row.id for row in self.living(module) if self.reaches(person, row, SEE)}

    def may_give(self, person: int, row: Record, receiver: int) -> bool:
        """Tell whether a person may make another the owner of a customer."""
        if not self.reaches(person, row, {"edit"}, writes=True) or receiver == row.owner or not self.people[receiver].active:
            return False
        far, owner = self.reach(person, "Customers", {"edit"}), self.customer(row).owner
        is_lent = far != ALL and owner != person and not self.is_below(self.people[owner].department, self.people[person].department)
        if is_lent or not self.may(receiver, "edit", "Customers"):
            return False
        is_near = receiver == person or self.is_below(self.people[receiver].department, self.people[person].department)
        return far == ALL or (far == TREE and is_near)

    def may_delete(self, person: int, row: Record) -> bool:
        """Tell whether a person may put a customer in the bin: nothing but activities hangs on it."""
        return self.reaches(person, row, {"delete"}, writes=True) and not self.has_dependants(row)

    def has_dependants(self, row: Record) -> bool:
        """Tell whether contracts or tickets hang on a customer."""
        return any(child.bin is None and child.module in ("Contracts", "Tickets") for child in self.children(row))

    def may_add(self, person: int, module: str, customer: Record) -> bool:
        """Tell whether a person may write an activity, a contract or a ticket for a customer."""
        needed, writes = {"Activities": (SEE, False), "Contracts": ({"edit"}, True), "Tickets": (PICK, False)}[module]
        if module != "Activities" and customer.stage != "signed":
            return False
        return self.may(person, "add", module) and self.reaches(person, customer, needed, writes=writes)

    # -- what happens ---------------------------------------------------------------------------------------------

    def put_in_bin(self, row: Record, cause: int) -> None:
        """Note a deletion: activities go with their customer."""
        row.bin = cause
        for child in self.children(row) if row.module == "Customers" else []:
            child.bin = cause if child.bin is None else child.bin

    def take_out(self, row: Record) -> None:
        """Note a restoration: what went with it comes back with it."""
        cause, row.bin = row.bin, None
        for child in self.children(row) if row.module == "Customers" else []:
            child.bin = None if child.bin == cause else child.bin

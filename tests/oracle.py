"""Who reaches which row, in plain Python: DESIGN's rules of scope written a second time, from its text and not from the code.

Knows nothing of app/: it is told what happened and says what each person must see and may do, by what tests/access declares.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .access.customers import CUSTOMERS
from .access_declaring import ALL, TREE
from .access_table import find_access

NONE = 0
SEE = {"list", "show"}
PICK = {*SEE, "pick"}
WORDS = {"see": SEE, **{word: {word} for word in ("pick", "add", "edit", "delete")}}
# Customers and what hangs on them, as tests/access says who may do what.
DECLARED = {one.module: one for one in [CUSTOMERS, *(one for one in find_access().values() if one.under is CUSTOMERS)]}
MODULES = tuple(DECLARED)


def _read_rights(role: str) -> dict[str, tuple[int, set[str]]]:
    """Return what a role may do: module -> (how far, what)."""
    found = {}
    for module, declared in DECLARED.items():
        far, words = (ALL, "see pick add edit delete") if role == "Admin" else declared.roles.get(role, (NONE, ""))
        if far != NONE:
            found[module] = far, {action for word in words.split() for action in WORDS.get(word, ())}
    return found


RIGHTS = {role: _read_rights(role) for role in ("Salesperson", "Regional manager", "Maintenance", "Management", "IT", "Admin")}


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
        """Tell whether a person may put a customer in the bin: nothing hangs on it but what goes with it."""
        return self.reaches(person, row, {"delete"}, writes=True) and not self.has_dependants(row)

    def has_dependants(self, row: Record) -> bool:
        """Tell whether something hangs on a customer that keeps it: contracts, tickets."""
        return any(child.bin is None and not DECLARED[child.module].goes_with for child in self.children(row))

    def may_add(self, person: int, module: str, customer: Record) -> bool:
        """Tell whether a person may write an activity, a contract, a ticket, … for a customer."""
        declared = DECLARED[module]
        if declared.signed_only and customer.stage != "signed":
            return False
        needed = {"see": SEE, "pick": PICK, "edit": {"edit"}}[declared.needs]
        return self.may(person, "add", module) and self.reaches(person, customer, needed, writes=declared.needs == "edit")

    # -- what happens ---------------------------------------------------------------------------------------------

    def put_in_bin(self, row: Record, cause: int) -> None:
        """Note a deletion: activities, and whatever else does, go with their customer."""
        row.bin = cause
        for child in self.children(row) if row.module == "Customers" else []:
            child.bin = cause if child.bin is None else child.bin

    def take_out(self, row: Record) -> None:
        """Note a restoration: what went with it comes back with it."""
        cause, row.bin = row.bin, None
        for child in self.children(row) if row.module == "Customers" else []:
            child.bin = None if child.bin == cause else child.bin

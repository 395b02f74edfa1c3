"""How a module says who may do what with it (tests/access/<module>.py), and what follows from that for each person and record.

Nothing here asks the app: the letters follow from the rules of scope in DESIGN, written a second time.

A grid names people and, for each record, one letter; records stand in the order of their owners: south1 (south),
south2 (south city, below south), north1 (north; this one's customers are lent to south2, to read). Letters: y shown,
w written, 3 denied (no such right), 4 hidden (as if it did not exist), r refused or harmless (nothing is written),
L asked to sign in. Who is not named gets 3 everywhere; who is not signed in gets L, unless `anybody` is named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .people import ANYBODY, LENT, OWNERS, PEOPLE, is_below

OWN, TREE, ALL = 1, 2, 3
# Who sees rows may choose them in pickers too.
GRANTING = {"pick": ("pick", "see")}
WITH_BIN = {"Salesperson", "Regional manager", "Admin"}  # roles that open the bin
MADE = "made"  # of a body: what the screen's fields take, worked out from the model's columns (tests/made_rows.py)
Body = dict[str, Any] | Literal["made"]
STANDING = {"row_version": "{row_version}"}


@dataclass(frozen=True)
class Access:
    """Who may do what in one module: role -> (how far, actions).

    Actions: see, pick, add, edit, delete, export, hand_over, and those that `routes` name. A standard route is expected
    as soon as some role has its action. An Admin may all of it, with every row.

    `under` the module whose rows these hang on, and what one needs there to add one (`needs`); `signed_only` that its customer
    must have signed, `goes_with` that it goes to the bin with its customer, which else stays. `kind` the name of its
    records in `prepare_records`, and `kinds` where a route is asked about others: part of the address -> kind. `form`,
    `rest` and `put` are bodies that are accepted, `save` that of the edit form where it differs. `lookups`: name ->
    actions, one of which opens it. `facet` a facet of its list, whose values are looked up, `is_summed` that the list's
    amounts are. `routes`: what is special, said outright; replaces a standard route of the same name.
    """

    module: str
    roles: Mapping[str, tuple[int, str]]
    address: str = ""
    under: Access | None = None
    needs: str = "edit"
    signed_only: bool = False
    goes_with: bool = False
    is_owned: bool = True
    is_lent: bool = True
    has_rest: bool = True
    without: tuple[str, ...] = ()
    kind: str = ""
    kinds: Mapping[str, str] = field(default_factory=dict)
    form: Body = MADE
    rest: Body = MADE
    save: Body | None = None
    put: Body = MADE
    move: dict[str, Any] | None = None
    action: str = ""
    facet: str = ""
    is_summed: bool = False
    lookups: Mapping[str, str] = field(default_factory=dict)
    routes: Mapping[str, Route] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """Return the screens' address."""
        return self.address or self.module.lower()

    @property
    def actions(self) -> set[str]:
        """Return all that any role may do."""
        return {word for _far, words in self.roles.values() for word in words.split()}

    def far(self, person: str, action: str) -> int:
        """Return how far a person may do it: role by role, then the widest; 0 for not at all."""
        held, granting = PEOPLE[person][0], GRANTING.get(action, (action,))
        if "Admin" in held:
            return ALL
        found = [self.roles[role] for role in held if role in self.roles]
        return max((far for far, words in found if set(granting) & set(words.split())), default=0)

    def may(self, person: str, actions: str) -> bool:
        """Tell whether a person may do one of the actions, whatever the row."""
        return any(self.far(person, action) for action in actions.split())

    def reaches(self, person: str, owner: str, action: str, *, writes: bool = False, lent: bool = True) -> bool:
        """Tell whether a person may do it with a row of this owner; what is lent to read is not written."""
        far = self.far(person, action)
        if far == 0 or far == ALL or not self.is_owned or owner == person:
            return far > 0
        if far == TREE and is_below(owner, person):
            return True
        return self.is_lent and lent and not writes and (person, owner) in LENT

    def manages(self, person: str, owner: str) -> bool:
        """Tell whether a row of this owner is a manager's, who may hand over it or what it hangs on."""
        if "Admin" in PEOPLE[person][0]:
            return True
        far = max(self.far(person, "hand_over"), self.under.far(person, "hand_over") if self.under else 0)
        return far >= TREE and owner != person and self.reaches(person, owner, "see", lent=False)


Grid = str | Callable[[Access], str]


@dataclass(frozen=True)
class Route:
    """One request: which records it is sent for, who gets what, and what it carries."""

    grid: Grid
    kind: str = ""  # of prepare_records; '' for a route without a record
    body: Body = field(default_factory=dict)
    path: str = ""  # where the address differs from the rule's text

    def expected(self, person: str) -> str:
        """Return the person's letters."""
        assert isinstance(self.grid, str), "not of a table yet"
        cells = dict(entry.split(":") for entry in self.grid.split())
        columns = len(next(iter(cells.values())))
        return cells.get(person, ("L" if person == ANYBODY else "3") * columns)


# -- grids that follow from a declaration -------------------------------------------------------------------------------


def _draw(access: Access, letter: Callable[[str, str], str]) -> str:
    """Return the grid with this letter for each person and owner; one column where rows have no owners."""
    owners = OWNERS if access.is_owned else ("",)
    return " ".join(f"{person}:{''.join(letter(person, owner) for owner in owners)}" for person in PEOPLE)


def may(actions: str, yes: str = "y") -> Grid:
    """Who may do one of the actions, whatever the row."""
    return lambda access: " ".join(f"{person}:{yes}" for person in PEOPLE if access.may(person, actions))


def no_such(actions: str = "") -> Grid:
    """What does not exist: hidden from whoever is signed in, or from those alone who get as far as asking for it."""
    return lambda access: _draw(access, lambda person, _owner: "4" if not actions or access.may(person, actions) else "3")


def show(yes: str = "y") -> Grid:
    """Who sees the record."""

    def find(access: Access, person: str, owner: str) -> str:
        return "3" if not access.may(person, "see") else yes if access.reaches(person, owner, "see") else "4"

    return lambda access: _draw(access, lambda person, owner: find(access, person, owner))


def change(action: str, yes: str = "w", seen: str = "3") -> Grid:
    """Who may do it with the record; `seen`: what one gets who sees it, but not so far (r: a sentence on its page)."""

    def find(access: Access, person: str, owner: str) -> str:
        if not access.may(person, action):
            return "3"
        if access.reaches(person, owner, action, writes=True):
            return yes
        return seen if access.reaches(person, owner, "see") else "4"

    return lambda access: _draw(access, lambda person, owner: find(access, person, owner))


def press(action: str, yes: str = "w") -> Grid:
    """The same by a button of the record's page: the refusal is a sentence on the page."""
    return change(action, yes, seen="r")


def add() -> Grid:
    """Who may write a new row below the parent."""

    def find(access: Access, person: str, owner: str) -> str:
        parent = access.under
        assert parent is not None
        is_near = parent.reaches(person, owner, access.needs, writes=access.needs == "edit")
        return "3" if not access.may(person, "add") else "w" if is_near else "r"

    return lambda access: _draw(access, lambda person, owner: find(access, person, owner))


def reach() -> Grid:
    """Who reads who else reaches the record: those who manage it."""

    def find(access: Access, person: str, owner: str) -> str:
        if not access.may(person, "see"):
            return "3"
        return "y" if access.manages(person, owner) else "3" if access.reaches(person, owner, "see") else "4"

    return lambda access: _draw(access, lambda person, owner: find(access, person, owner))


def restore() -> Grid:
    """Who takes the record out of the bin: who could delete it, and managers who edit it; nobody to whom it is lent."""

    def find(access: Access, person: str, owner: str) -> str:
        if not WITH_BIN & set(PEOPLE[person][0]):
            return "3"
        may_delete = access.reaches(person, owner, "delete", writes=True)
        may_edit = access.far(person, "edit") >= TREE and access.reaches(person, owner, "edit", writes=True)
        return "w" if may_delete or may_edit else "4"

    return lambda access: _draw(access, lambda person, owner: find(access, person, owner))

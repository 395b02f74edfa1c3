"""What a version of a process says, as plain data: fields, steps, who does them, what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

END = ""  # where a route leads that ends the case


class Kind(StrEnum):
    """What a field of the form takes."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    CHOICE = "choice"
    YES_NO = "yes_no"
    PERSON = "person"
    DEPARTMENT = "department"
    CONTRACT = "contract"
    CUSTOMER = "customer"
    ATTACHMENT = "attachment"
    ROWS = "rows"


class Who(StrEnum):
    """Who does a step."""

    STARTER = "starter"
    ROLE = "role"
    PERSON_FIELD = "person_field"
    MANAGER = "manager"
    MANAGER_ABOVE = "manager_above"
    CHOSEN = "chosen"


class Quorum(StrEnum):
    """How many of them it needs."""

    ONE = "one"
    ALL = "all"
    ANY = "any"
    SOME = "some"
    IN_TURN = "in_turn"
    EACH_ROLE = "each_role"


class OnNo(StrEnum):
    """What one “no” does in a sign-off: it ends the step, or counts against the number needed."""

    ENDS = "ends"
    COUNTS = "counts"


class MayReturn(StrEnum):
    """To where a step may send the case back."""

    NEVER = "never"
    PREVIOUS = "previous"
    START = "start"
    ANY = "any"


class Resume(StrEnum):
    """Where a corrected case goes: straight back to the step that returned it, or through all steps again."""

    STRAIGHT = "straight"
    AGAIN = "again"


class Nobody(StrEnum):
    """What happens where a step finds nobody."""

    SKIP = "skip"
    STAND_IN = "stand_in"
    OWNER = "owner"


class Overdue(StrEnum):
    """What happens when a task's time is over."""

    REMIND = "remind"
    TELL_MANAGER = "tell_manager"
    GIVE_TO_MANAGER = "give_to_manager"


class Right(StrEnum):
    """What those at a step may do with a field."""

    WRITE = "write"
    REQUIRED = "required"
    READ = "read"
    HIDDEN = "hidden"


@dataclass(frozen=True)
class Field:
    """A field of the form. A field of rows has columns, themselves fields (and none of them rows)."""

    code: str
    kind: Kind
    columns: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Condition:
    """A field of the form, or one of its contract or customer (“contract.amount”), compared with a value."""

    field: str
    operator: str
    value: str


@dataclass(frozen=True)
class Route:
    """Where a case goes when all conditions hold; one without conditions is “otherwise”."""

    target: str
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Step:
    """A step. Without routes the next in order follows, or the end."""

    code: str
    who: Who = Who.STARTER
    roles: tuple[int, ...] = ()
    person_field: str = ""
    quorum: Quorum = Quorum.ONE
    needed: int = 0  # how many of them, where the quorum is SOME
    on_no: OnNo = OnNo.ENDS
    may_return: MayReturn = MayReturn.NEVER
    resume: Resume = Resume.STRAIGHT
    starter_may_approve: bool = True
    pass_same_person: bool = False
    nobody: Nobody = Nobody.OWNER
    stand_in: int | None = None
    hours: int | None = None
    overdue: Overdue = Overdue.REMIND
    in_bulk: bool = False
    rights: Mapping[str, Right] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()

    def right_on(self, code: str) -> Right:
        """Return what those at this step may do with a field; what nobody said is read."""
        return self.rights.get(code, Right.READ)


@dataclass(frozen=True)
class Flow:
    """A version: its fields, its steps in order, and the process owner, to whom falls what nobody can do."""

    owner: int
    steps: tuple[Step, ...]
    fields: tuple[Field, ...] = ()
    offered: Mapping[str, Kind] = field(default_factory=dict)  # what modules offer of the case's records to conditions: “contract.amount”

    def find(self, code: str) -> Step | None:
        """Return a step by its code, or None."""
        return next((step for step in self.steps if step.code == code), None)

    def get(self, code: str) -> Step:
        """Return a step that is known to be there. Raises LookupError for another."""
        found = self.find(code)
        if found is None:
            raise LookupError(code)
        return found

    @property
    def first(self) -> Step:
        """Return the step in which the starter fills in and sends."""
        return self.steps[0]

    def list_routes(self, step: Step) -> tuple[Route, ...]:
        """Return where a step leads; without routes of its own to the next in order."""
        if step.routes:
            return step.routes
        place = self.steps.index(step) + 1
        return (Route(self.steps[place].code if place < len(self.steps) else END),)

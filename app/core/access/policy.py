"""Policy: what a model declares to the core, as one typed value that is checked at start-up. The default of everything is the strictest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement

from ..base.entities import Entity
from ..base.i18n import Words
from ..db.identities import Identity
from .viewer import EDIT, Viewer

OWN_ACTIONS: Mapping[str, str] = {"add": "can_add", "edit": "can_edit", "delete": "can_delete"}
PART_ACTIONS: Mapping[str, str] = {
    "add": "can_edit",
    "edit": "can_edit",
    "delete": "can_edit",
}  # of what is edited as part of another record
NEVER_TRACKED = ("row_version", "created_at", "created_by_id")


PARENT_NEEDED = _l("Choose an entry within your reach.")


class PolicyError(Exception):
    """A model declares something that cannot be so. Says which model; raised at start-up."""


class Link(NamedTuple):
    """A foreign key column, and the class name of the model it leads to."""

    column: str
    model: str


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What the gate, the scope and the history know of a gated model.

    `module`: the permission name (class_permission_name) whose grants count.
    `write_actions`: kind of write (add, edit, delete) -> the permission it needs.
    `field_actions`: column -> the permission that changing only such columns needs instead.
    `frozen`: columns set once. `untracked`: columns that the history leaves out, beside NEVER_TRACKED.
    `kept`: columns that the desk keeps of other rows (`writes.kept`): nobody writes them, no history, no new row version.
    `released`: columns that lose their reference when the row they name is deleted for good; any other reference keeps such a row.
    `number`: the number series that numbers its rows.
    `option_sets`: column -> the option set whose entries it takes.
    `identity`: by which names the rows are told apart. `former_names`: what the history of earlier releases calls the model.
    """

    module: str
    write_actions: Mapping[str, str] = field(default_factory=lambda: OWN_ACTIONS)
    field_actions: Mapping[str, str] = field(default_factory=dict)
    frozen: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    released: tuple[str, ...] = ()
    number: str | None = None
    option_sets: Mapping[str, str] = field(default_factory=dict)
    identity: Identity | None = None
    former_names: tuple[str, ...] = ()
    _left_out: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_left_out", frozenset((*NEVER_TRACKED, *self.untracked, *self.kept)))

    def is_tracked(self, column: str) -> bool:
        """Tell whether the history keeps this column's changes."""
        return column not in self._left_out

    def columns(self) -> Iterator[str]:
        """Yield every column named here, for the check at start-up."""
        yield from (*self.field_actions, *self.frozen, *self.untracked, *self.kept, *self.released, *self.option_sets)
        if self.identity is not None:
            yield from (*self.identity.fields, *self.identity.scope)


@dataclass(frozen=True, kw_only=True)
class OwnedPolicy(Policy):
    """The same of a model whose rows belong to a person (`Owned`).

    Of a child: `root` the row whose owner and department it mirrors, written by the gate alone; `parent` the row it
    belongs to directly, if another (then the root column is copied from it); `parent_actions` what the writer must be
    able to do with the parent to add the child; `parent_needed` the sentence for a parent that is unknown or beyond reach,
    alike; `writes_parent` that saving it may change the parent too, which is
    then locked before it; `goes_with_root` that it goes to the bin with its root (else its module's guard refuses to
    delete the root while such a row is there).

    `share_key`: the column that a share of the module names; without it no share reaches the row.

    Of what a person holds: `handed_over` that a row without a root goes to others when its owner leaves; `divided_by`
    the columns by which such rows can be divided among several; `assigned` columns beyond the owner that name who
    must act, with the column and values that say the row is still open.

    `involved`: of a model and a viewer the condition of the rows that the viewer reads besides, having a part in them; it may ask for
    nothing of the viewer but who they are and their roles.

    `part_label`: what its rows are called when they have no screen of their own and are shown as part of another record.
    `named_by`: the columns that `str()` joins; lists of other rows then show this one without loading it.
    """

    root: Link | None = None
    parent: Link | None = None
    parent_actions: tuple[str, ...] = EDIT
    parent_needed: Words = PARENT_NEEDED
    writes_parent: bool = False
    goes_with_root: bool = False
    share_key: str | None = None
    handed_over: bool = True
    divided_by: tuple[str, ...] = ()
    assigned: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    named_by: tuple[str, ...] = ()
    involved: Callable[[Any, Viewer], ColumnElement[bool]] | None = None
    part_label: Words = ""

    @property
    def links(self) -> tuple[Link, ...]:
        """Return the parent and the root, as far as there are."""
        return tuple(link for link in (self.parent, self.root) if link is not None)

    @property
    def nearest(self) -> Link | None:
        """Return what the row belongs to directly: its parent, else its root."""
        return self.parent or self.root

    def need_root(self) -> Link:
        """Return what a child hangs on. Raises LookupError for a root."""
        if self.root is None:
            raise LookupError(f"rows of {self.module} hang on none")
        return self.root

    def hangs_on(self, model: str) -> bool:
        """Tell whether the rows mirror the owner of this model's."""
        return self.root is not None and self.root.model == model

    def columns(self) -> Iterator[str]:
        """Yield every column named here, for the check at start-up."""
        yield from super().columns()
        yield from (*(link.column for link in self.links), *self.divided_by, *self.named_by, *self.assigned)
        yield from (state for state, _values in self.assigned.values())
        if self.share_key is not None:
            yield self.share_key


def find_policy(model: type[Entity]) -> Policy | None:
    """Return what a model declares; None for one that is none of ours."""
    policy = getattr(model, "policy", None)
    return policy if isinstance(policy, Policy) else None

"""What identifies a row is unique, whatever its capitals, width or invisible letters: one table of keys, kept by the gate.

A model declares the columns that identify its rows. The identity key of each name (core.base.texts) is unique per kind and scope in
the database, which also decides between two who take a name at the same moment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Connection, Index, ScalarSelect, String, UniqueConstraint, delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from ...extensions import db
from ..base.entities import Entity, inspect_row
from ..base.errors import NAME_TAKEN, RuleViolation
from ..base.i18n import Words
from ..base.registry import Registry
from ..base.texts import clean, identity_key, is_plain_name

MAX_KEY = 300
NAME_NEEDED = _l("Enter a name.")
NOT_PLAIN = _l("This name mixes alphabets whose letters look alike. Write it in one alphabet.")


class IdentityKey(db.Model):
    """One name of one row, as it is compared."""

    __tablename__ = "identity"
    __table_args__ = (
        UniqueConstraint("kind", "scope", "key"),
        Index("ix_identity_kind_row_id", "kind", "row_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    scope: Mapped[str] = mapped_column(String(100), default="")
    key: Mapped[str] = mapped_column(String(MAX_KEY))
    row_id: Mapped[int] = mapped_column()


_KEYS = IdentityKey.__table__


@dataclass(frozen=True)
class Identity:
    """The columns that identify a model's rows, all of them in one namespace.

    `scope`: columns whose values divide the namespace (names are unique within one value); `plain`: columns that keep to one
    alphabet; `taken`: the sentence for a name that another row has; `needed`: whether each column must say something.
    """

    kind: str
    fields: tuple[str, ...]
    scope: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    taken: Words = NAME_TAKEN
    needed: bool = True


IDENTITIES: Registry[type[Entity], Identity] = Registry("identities", single=True)  # of models without a policy, which names it for ours


def find_identity(model: type[Entity]) -> Identity | None:
    """Return by what the rows of a model are told apart; None for a model without names that identify."""
    policy = getattr(model, "policy", None)
    return policy.identity if policy is not None else IDENTITIES.find(model)


def make_key(value: object) -> str:
    """Return the identity key of a name as the table stores it; of a very long one the beginning and a digest."""
    key = identity_key(str(value or ""))
    return key if len(key) <= MAX_KEY else f"{key[:200]} {sha256(key.encode()).hexdigest()}"


def make_scope(identity: Identity, row: object) -> str:
    """Return the part of the namespace in which a row's names are unique."""
    return "/".join(str(getattr(row, name) or "") for name in identity.scope)


def _keys_of(identity: Identity, row: object, fields: Iterable[str]) -> dict[str, str]:
    """Return key -> field of these names of a row; an empty name is none."""
    keys = {make_key(getattr(row, name)): name for name in reversed(tuple(fields))}
    keys.pop("", None)
    return keys


def check(change: Any) -> None:
    """Clean the names that a change sets, refuse one that another row has, and keep the row's keys in its transaction.

    Names that stay as they are are not checked: an older row can always be saved. Raises RuleViolation at the field.
    """
    identity = find_identity(type(change.row))
    if identity is None:
        return
    row_id = change.before.id if change.before is not None else None
    if change.kind == "delete":
        change.after_write.append(lambda session: _forget_keys(session.connection(), identity, row_id))
        return
    changed = [name for name in identity.fields if change.changed(name)]
    for name in changed:
        _check_name(identity, change.row, name)
    if change.is_new or any(change.changed(name) for name in identity.scope):
        changed = list(identity.fields)
    if not changed:
        return
    if not _is_scope_unknown(identity, change.row):
        _check_free(identity, change, _keys_of(identity, change.row, changed), row_id)
    change.after_write.append(lambda session: _write_keys(session, identity, change.row, is_new=change.is_new))


def _check_name(identity: Identity, row: Entity, name: str) -> None:
    value = getattr(row, name)
    if not isinstance(value, str | None):
        return
    value = clean(value or "")
    if identity.needed and not make_key(value):
        raise RuleViolation(NAME_NEEDED, name)
    if name in identity.plain and not is_plain_name(value):
        raise RuleViolation(NOT_PLAIN, name)
    setattr(row, name, value)


def _is_scope_unknown(identity: Identity, row: Entity) -> bool:
    """Tell whether the row refers to one that has no id yet: then the database alone decides, a moment later."""
    return any(getattr(row, name) is None and inspect_row(row).dict.get(name.removesuffix("_id")) is not None for name in identity.scope)


def _check_free(identity: Identity, change: Any, keys: dict[str, str], row_id: int | None) -> None:
    scope = make_scope(identity, change.row)
    held = select(_KEYS.c.key).where(_KEYS.c.kind == identity.kind, _KEYS.c.scope == scope, _KEYS.c.key.in_(keys))
    taken = set(change.facts.all(held.where(_KEYS.c.row_id != row_id) if row_id is not None else held))
    for key, field in keys.items():
        if key in taken:
            raise RuleViolation(identity.taken, field)


def _forget_keys(connection: Connection, identity: Identity, row_id: int | None) -> None:
    connection.execute(delete(_KEYS).where(_KEYS.c.kind == identity.kind, _KEYS.c.row_id == row_id))


def _write_keys(session: Session, identity: Identity, row: Entity, *, is_new: bool) -> None:
    connection, scope = session.connection(), make_scope(identity, row)
    if not is_new:
        _forget_keys(connection, identity, row.id)
    for key, field in sorted(_keys_of(identity, row, identity.fields).items()):  # in one order, so that two writers do not deadlock
        try:
            note_key(connection, identity.kind, scope, key, row.id)
        except IntegrityError as error:
            raise RuleViolation(identity.taken, field) from error


def note_key(connection: Connection, kind: str, scope: str, key: str, row_id: int) -> None:
    """Enter one key. Raises IntegrityError when another row has it."""
    connection.execute(insert(_KEYS).values(kind=kind, scope=scope, key=key, row_id=row_id))


def select_holder(kind: str, name: str) -> ScalarSelect[int]:
    """Select the id of the one row of a kind (without scopes) that this name belongs to, however it is written."""
    return select(_KEYS.c.row_id).where(_KEYS.c.kind == kind, _KEYS.c.scope == "", _KEYS.c.key == make_key(name)).scalar_subquery()


# -- all at once, for migrations ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Double:
    """Names of several rows of a kind that are one and the same by their key: (row id, column, name)."""

    kind: str
    names: tuple[tuple[int, str, str], ...]


Found = dict[tuple[str, str, str], list[tuple[int, str, str]]]


def _read_all(connection: Connection, kinds: Iterable[str]) -> Found:
    """Return (kind, scope, key) -> the names that have it, of every row of these kinds."""
    found: Found = defaultdict(list)
    models = {mapper.class_: find_identity(mapper.class_) for mapper in db.Model.registry.mappers}
    for model, identity in models.items():
        if identity is None or identity.kind not in kinds:
            continue
        table = model.__table__
        columns = [table.c[name] for name in ("id", *identity.scope, *identity.fields)]
        for row in connection.execute(select(*columns).order_by(table.c.id)):
            for key, field in _keys_of(identity, row, identity.fields).items():
                found[identity.kind, make_scope(identity, row), key].append((row.id, field, str(getattr(row, field))))
    return found


def find_doubles(connection: Connection, kinds: Iterable[str]) -> list[Double]:
    """Return every key of these kinds that more than one row has, in order. Reads the rows, not the table of keys."""
    found = _read_all(connection, frozenset(kinds))
    return [Double(kind, tuple(names)) for (kind, _scope, _key), names in sorted(found.items()) if len(names) > 1]


def write_all(connection: Connection, kinds: Iterable[str]) -> None:
    """Enter the keys of every row of these kinds. Raises IntegrityError where there are doubles."""
    found = _read_all(connection, frozenset(kinds))
    values = [
        {"kind": kind, "scope": scope, "key": key, "row_id": row_id} for (kind, scope, key), names in found.items() for row_id, *_ in names
    ]
    if values:
        connection.execute(insert(_KEYS), values)

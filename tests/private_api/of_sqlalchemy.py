"""SQLAlchemy's and psycopg's private parts."""

from __future__ import annotations

import inspect
import socket
from collections.abc import Generator
from typing import Any

import psycopg
import pytest
from flask import Flask
from psycopg import waiting
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table, UniqueConstraint, create_engine, event, select
from sqlalchemy import inspect as look_at
from sqlalchemy.engine.row import Row
from sqlalchemy.orm import (
    DeclarativeBase,
    LoaderCriteriaOption,
    Mapped,
    RelationshipProperty,
    Session,
    mapped_column,
    relationship,
    selectinload,
    with_loader_criteria,
)
from sqlalchemy.pool import QueuePool
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.cache_key import HasCacheKey
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from .uses import Use


class Base(DeclarativeBase):
    """Tables of the checks."""


class Parent(Base):
    __tablename__ = "parent"
    id: Mapped[int] = mapped_column(primary_key=True)
    children: Mapped[list[Child]] = relationship(back_populates="parent")


class Child(Base):
    __tablename__ = "child"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("parent.id"))
    kind: Mapped[str] = mapped_column(String(9), default="plain")
    parent: Mapped[Parent] = relationship(back_populates="children")


def find_change_of_options(_app: Flask) -> str | None:
    """Load children beside their parents: the parents' statement has a condition on children that their own must not have."""
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    inherited = []

    def narrow(state: Any) -> None:
        if not state.is_relationship_load:
            state.statement = state.statement.options(with_loader_criteria(Child, Child.id < 0, propagate_to_loaders=False))
            return
        statement = state.statement.options()
        inherited.extend(one for one in state.statement._with_options if isinstance(one, LoaderCriteriaOption))
        statement._with_options = tuple(one for one in statement._with_options if not isinstance(one, LoaderCriteriaOption))
        state.statement = statement

    with Session(engine) as session:
        session.add(Parent(id=1, children=[Child(id=2)]))
        session.commit()
        session.expunge_all()
        event.listen(session, "do_orm_execute", narrow)
        parent = session.scalars(select(Parent).options(selectinload(Parent.children))).one()
        if not inherited:
            return "an eager load no longer inherits its parent statement's conditions, so none need be taken out"
        return None if len(parent.children) == 1 else "a condition taken out of a statement's options still narrows it"


def find_change_of_cache_key(_app: Flask) -> str | None:
    statement = select(Child).where(Child.id > 0)
    if statement._generate_cache_key() is not statement._generate_cache_key():
        return "a statement no longer remembers its cache key, so a kept statement object saves nothing"
    return None


def forget_cache_keys(monkeypatch: pytest.MonkeyPatch, _app: Flask) -> None:
    monkeypatch.setattr(type(select(Child)), "_generate_cache_key", lambda self: HasCacheKey._generate_cache_key(self))


def find_change_of_naming(_app: Flask) -> str | None:
    metadata = MetaData()
    metadata.naming_convention = {"uq": "uq_%(table_name)s_%(column_0_name)s"}
    table = Table("thing", metadata, Column("code", String(9)), UniqueConstraint("code"))
    names = {one.name for one in table.constraints if isinstance(one, UniqueConstraint)}
    return None if names == {"uq_thing_code"} else f"a convention given to a MetaData that is there already names nothing ({names})"


def find_change_of_typechecks(_app: Flask) -> str | None:
    class Own(DeclarativeBase):
        """Tables as FAB declares them: a group of users, and a subclass on the users' own table."""

    link = Table("link", Own.metadata, Column("g", ForeignKey("grp.id")), Column("u", ForeignKey("usr.id")))

    class User(Own):
        __tablename__ = "usr"
        id: Mapped[int] = mapped_column(primary_key=True)

    class Group(Own):
        __tablename__ = "grp"
        id: Mapped[int] = mapped_column(primary_key=True)
        users = relationship(User, secondary=link)

    class Member(User):
        __tablename__ = "usr"
        __table_args__: Any = {"extend_existing": True}

    Group.users.prop.enable_typechecks = False
    engine = create_engine("sqlite://")
    Own.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Group(id=1, users=[Member(id=1)]))
        session.flush()  # FlushError with the check on
    return None


def find_change_of_pairs(_app: Flask) -> str | None:
    pairs = list(look_at(Child).relationships["parent"].local_remote_pairs or ())
    table, other = Base.metadata.tables["child"], Base.metadata.tables["parent"]
    return None if pairs == [(table.c.parent_id, other.c.id)] else f"a relation's pairs of columns are now {pairs}"


def find_change_of_defaults(_app: Flask) -> str | None:
    plain, made = Column(String(9), default="plain").default, Column(Integer, default=lambda: 1).default
    assert plain is not None and made is not None
    if (plain.is_scalar, made.is_scalar) != (True, False) or plain.arg != "plain":  # type: ignore[attr-defined]  # what is checked
        return "a plain default is no longer told from a made one by `is_scalar`, with its value in `arg`"
    return None


def find_change_of_pool_log(_app: Flask) -> str | None:
    name = create_engine("sqlite://", poolclass=QueuePool).pool.logger.name
    return None if name == "sqlalchemy.pool.impl.QueuePool" else f"the pool's log is now called {name}"


def rename_pool(monkeypatch: pytest.MonkeyPatch, _app: Flask) -> None:
    monkeypatch.setattr(QueuePool, "_sqla_logger_namespace", "sqlalchemy.pool.other", raising=False)
    monkeypatch.setattr(QueuePool, "logger", __import__("logging").getLogger("sqlalchemy.pool.other"), raising=False)


def find_change_of_mapping(_app: Flask) -> str | None:
    with create_engine("sqlite://").connect() as connection:
        row = connection.exec_driver_sql("SELECT 1 AS one").one()
    return None if dict(row._mapping) == {"one": 1} else "a row's values by name are no longer in `_mapping`"


def find_change_of_wait(_app: Flask) -> str | None:
    """Look at how a connection waits; tests/security/test_outage_proxy.py lets a server fall silent."""
    if list(inspect.signature(psycopg.Connection.wait).parameters)[:3] != ["self", "gen", "interval"]:
        return "Connection.wait takes other arguments"
    for method in (psycopg.Cursor.execute, psycopg.Cursor.executemany, psycopg.Connection.commit, psycopg.Connection.rollback):
        if "wait(" not in inspect.getsource(method):
            return f"{method.__qualname__} no longer waits by Connection.wait, so a silent server would be waited for"
    here, there = socket.socketpair()
    with here, there:

        def ask() -> Generator[Any, Any, Any]:
            return (yield waiting.Wait.R)

        woken = waiting.wait(ask(), here.fileno(), interval=0.01)
    return "what waits is no longer woken by an empty answer while nothing comes" if woken else None


def _block(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, value: Any) -> None:
    """Make an attribute one that stays what it is, whatever is set."""
    monkeypatch.setattr(owner, name, property(lambda _self: value, lambda _self, _new: None), raising=False)


USES = [
    Use("Executable._with_options", find_change_of_options, lambda m, _: _block(m, Executable, "_with_options", ())),
    Use("select(…)._generate_cache_key", find_change_of_cache_key, forget_cache_keys),
    Use("MetaData.naming_convention", find_change_of_naming, lambda m, _: _block(m, MetaData, "naming_convention", {})),
    Use(
        "RelationshipProperty.enable_typechecks",
        find_change_of_typechecks,
        lambda m, _: _block(m, RelationshipProperty, "enable_typechecks", True),
    ),
    Use(
        "RelationshipProperty.local_remote_pairs",
        find_change_of_pairs,
        lambda m, _: _block(m, RelationshipProperty, "local_remote_pairs", None),
    ),
    Use("ColumnDefault.is_scalar", find_change_of_defaults, lambda m, _: m.setattr(ScalarElementColumnDefault, "is_scalar", False)),
    Use("sqlalchemy.pool.impl.QueuePool", find_change_of_pool_log, rename_pool),
    Use("Row._mapping", find_change_of_mapping, lambda m, _: m.setattr(Row, "_mapping", {}, raising=False)),
    Use("Connection.wait", find_change_of_wait, lambda m, _: m.delattr(psycopg.Connection, "wait")),
]

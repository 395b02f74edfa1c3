"""A session inside another's flush: what follows from a write there, by the same gate and scope, in the same transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from ..access import scope
from . import gate


@contextmanager
def inside(session: Session, *models: type[Any]) -> Iterator[Session]:
    """Yield a session of its own on the transaction of another one, and flush it at the end.

    For steps after a write (`Change.after_write`), where the session that writes can flush nothing more. Rows of `models` that the
    outer session holds are read again when they are next asked for.
    """
    inner = Session(bind=session.connection(), autoflush=False, expire_on_commit=False)
    event.listen(inner, "do_orm_execute", scope.narrow)
    event.listen(inner, "before_flush", gate.check_write)
    event.listen(inner, "after_flush_postexec", gate.finish_write)
    inner.info.update({key: session.info[key] for key in ("batch",) if key in session.info})
    try:
        yield inner
        inner.flush()
    finally:
        inner.expunge_all()
        inner.close()
    _forget(session, models)


def _forget(session: Session, models: Sequence[type[Any]]) -> None:
    for row in list(session.identity_map.values()):
        if isinstance(row, tuple(models)) and row not in session.dirty:
            session.expire(row)

"""Idempotency of forms: every POST form of a page carries a token, and a form that is sent twice is saved once.

The first commit of a request that wrote something inserts the idempotency key, a digest of the token and of what was sent; the
same form with the same content fails there on the primary key, rolls back, and is answered by a redirect. The same token with
other content is another form.
"""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime, timedelta

from flask import g, has_request_context, request
from sqlalchemy import BindParameter, ForeignKey, String, bindparam, delete, event, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column, scoped_session
from sqlalchemy.sql.dml import ReturningInsert

from ...extensions import db
from ..access.viewer import current_viewer
from ..base import clock
from ..base.caches import once_each
from ..base.entities import table_of

KEPT_FOR = timedelta(days=3)  # a form that was left open longer is sent anew
MEANT_AGAIN = timedelta(minutes=10)  # after which the same button of the same page is pressed on purpose
MAX_TOKEN = 36
WROTE = "wrote"


class AlreadySent(Exception):
    """Raise when this very form was saved before: nothing is to be done again."""


class FormSubmission(db.Model):
    """A form that was saved once: the digest of its token, person, address and content, and the row it made, 0 for no new one."""

    __tablename__ = "form_submission"

    token: Mapped[str] = mapped_column(String(MAX_TOKEN), primary_key=True)
    model: Mapped[str] = mapped_column(String(60))
    row_id: Mapped[int] = mapped_column()
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now, index=True)


def new_token() -> str:
    """Return a fresh idempotency token for a form about to be shown."""
    return str(uuid.uuid4())


def page_token() -> str:
    """Return the idempotency token that the forms of this page share; their addresses and contents tell them apart."""
    token: str | None = g.get("_page_token")
    if token is None:
        token = g._page_token = new_token()
    return token


def note_submission(session: Session, model: str, row_id: int) -> None:
    """Remember, in the session's transaction, the form that this request sends and what it made. Raises AlreadySent.

    A form that makes a row is known for three days; another one for ten minutes: who presses the same button of a page left
    open means it again.
    """
    key = read_key()
    if key is None:
        return
    values = {"token": key, "model": model[:60], "row_id": row_id, "staff_id": current_viewer().id, "at": clock.now()}
    since = clock.now() - (KEPT_FOR if row_id else MEANT_AGAIN)
    if session.connection().execute(_upsert_submission(session.connection().dialect.name), {**values, "since": since}).first() is None:
        raise AlreadySent
    g._submission_noted = True
    if key.startswith("00"):  # once in 256 forms
        table = FormSubmission.__table__
        session.connection().execute(delete(table).where(table.c.at < clock.now() - KEPT_FOR))


@once_each
def _upsert_submission(dialect: str) -> ReturningInsert[tuple[str]]:
    """Return the statement that enters a form, or enters it anew when it was sent long ago; it returns nothing for one just sent."""
    table = table_of(FormSubmission)
    names: dict[str, BindParameter[object]] = {name: bindparam(name) for name in ("token", "model", "row_id", "staff_id", "at")}
    made = (postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)).values(names)
    again = {name: made.excluded[name] for name in ("at", "row_id")}
    upsert = made.on_conflict_do_update(index_elements=["token"], set_=again, where=table.c.at < bindparam("since"))
    return upsert.returning(table.c.token)


def find_made() -> int | None:
    """Return the row that an earlier request made of the very form that this one sends; None when there is none."""
    key = read_key()
    made = db.session.scalar(select(FormSubmission.row_id).where(FormSubmission.token == key)) if key is not None else None
    return made or None


def read_key() -> str | None:
    """Return the idempotency key of the form that this request sends; None when it is none, or carries no token."""
    if not has_request_context() or request.method != "POST" or request.is_json or not request.form.get("form_token"):
        return None
    key: str | None = g.get("_submission_key")
    if key is None:
        digest = hashlib.sha256(f"{current_viewer().id} {request.path}".encode())
        for name, value in sorted(request.form.items(multi=True)):
            if name != "csrf_token":
                digest.update(f"\0{name}\0{value}".encode())
        for name, file in sorted(request.files.items(multi=True), key=lambda pair: pair[0]):
            digest.update(f"\0{name}\0{file.filename}\0".encode() + hashlib.sha256(file.stream.read()).digest())
            file.stream.seek(0)
        key = g._submission_key = digest.hexdigest()[:MAX_TOKEN]
    return key


def is_resent() -> bool:
    """Tell whether the form that this request sends was saved by an earlier request."""
    key = read_key()
    if key is None:
        return False
    known, since = FormSubmission, clock.now() - MEANT_AGAIN
    return db.session.scalar(select(known.token).where(known.token == key, (known.at >= since) | (known.row_id > 0))) is not None


def _note_writing(session: Session, *_: object) -> None:
    session.info[WROTE] = True


def _forget_writing(session: Session, *_: object) -> None:
    session.info.pop(WROTE, None)


def _note_form(session: Session) -> None:
    """Enter the form in the transaction that saves what it asks for. Raises AlreadySent."""
    if read_key() is None or g.get("_submission_noted"):
        return
    session.flush()  # a commit asks here before it writes what is pending
    if not session.info.get(WROTE):
        return
    note_submission(session, request.endpoint or "", 0)


def install(session: scoped_session) -> None:
    """Make every commit of this session factory enter the form that it saves."""
    if event.contains(session, "before_commit", _note_form):
        return
    event.listen(session, "after_flush", _note_writing)
    event.listen(session, "before_commit", _note_form)
    event.listen(session, "after_commit", _forget_writing)
    event.listen(session, "after_rollback", _forget_writing)

"""Reading and adding the parts of a record."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import undefer

from ...extensions import db
from ..base.entities import Entity
from ..writes.row_data import write
from . import rules
from .models import MAX_NAME, Attachment, Comment, Part

P = TypeVar("P", bound=Part)


def find_part(part: type[P], record: type[Entity]) -> type[P] | None:
    """Return the class of the comments or files of a kind of record; None when it has none."""
    return next((kind for kind in part.__subclasses__() if kind.record_type == record.__name__), None)


def need_part(part: type[P], record: type[Entity]) -> type[P]:
    """Return the same of a record that has such parts. Raises LookupError."""
    kind = find_part(part, record)
    if kind is None:
        raise LookupError(f"{record.__name__} has no {part.__name__}")
    return kind


def read_parts(part: type[P], record: Entity) -> Sequence[P]:
    """Return the comments or files of a record, oldest first; contents are not read."""
    kind = need_part(part, type(record))
    return db.session.scalars(select(kind).where(kind.record_id == record.id).order_by(kind.id)).all()


def find_attachment(record: type[Entity], attachment_id: int) -> Attachment | None:
    """Return a file of this kind of record with its content, to those who reach the record."""
    kind = need_part(Attachment, record)
    return db.session.scalar(select(kind).where(kind.id == attachment_id).options(undefer(kind.content)))


def add_comment(record: Entity, text: str) -> Comment:
    """Add a comment to a record, to be committed by the caller; the gate refuses an empty one."""
    comment = need_part(Comment, type(record))(record_id=record.id)
    write(comment, {"text": text.strip()})
    db.session.add(comment)
    return comment


def add_attachment(record: Entity, name: str, content: bytes) -> Attachment:
    """Add a file to a record, to be committed by the caller; the gate checks it and finds its media type."""
    attachment = need_part(Attachment, type(record))(
        record_id=record.id, name=rules.clean_name(name, MAX_NAME), media_type="", size=len(content),
        sha256=hashlib.sha256(content).hexdigest(), content=content,
    )  # fmt: skip
    db.session.add(attachment)
    return attachment

"""The tables of comments and files. A module gives its records either by a class of a few lines:

class TicketComment(Comment):
    record_type = "Ticket"
    policy = part_policy(Ticket, _l("Comments"), frozen=("text",))
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, declared_attr, deferred, mapped_column

from ...extensions import db
from ..access.mixins import Owned, index_scope
from ..access.policy import PART_ACTIONS, Link, OwnedPolicy
from ..base.i18n import Words
from ..writes.columns import column
from ..writes.fields import TextRule
from .rules import COMMENT_EMPTY, FILE_TYPE

MAX_NAME = 200


def part_policy(
    record: type[Owned], label: Words, *, frozen: tuple[str, ...] = (), untracked: tuple[str, ...] = (), former_names: tuple[str, ...] = ()
) -> OwnedPolicy:
    """Return the policy of what hangs on a kind of record: seen with it, edited by who may edit it, gone to the bin with it."""
    own = record.policy
    return OwnedPolicy(
        module=own.module,
        part_label=label,
        share_key="record_id" if own.share_key == "id" else None,
        root=Link("record_id", record.__name__) if own.root is None else Link("root_id", own.root.model),
        parent=None if own.root is None else Link("record_id", record.__name__),
        goes_with_root=True,
        write_actions=PART_ACTIONS,
        frozen=("record_model", "record_id", "root_id", *frozen),
        untracked=untracked,
        former_names=former_names,
    )


class Part(Owned):
    """What every part has: the record it hangs on, by model and id, and the root whose owner and department it mirrors.

    Neither id is a foreign key, as the record is of any table: the gate alone writes them, and a record is purged together with its parts.
    """

    record_type: ClassVar[str] = ""  # the class name of the record's model

    record_model: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int] = mapped_column()
    root_id: Mapped[int | None] = mapped_column(default=None)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        if cls.record_type:
            return {"polymorphic_identity": cls.record_type}
        return {
            "version_id_col": cls.row_version, "eager_defaults": False, "polymorphic_on": cls.record_model, "polymorphic_abstract": True,
        }  # fmt: skip


def index_part(table: str) -> tuple[Index, ...]:
    """Return the indexes that a table of parts needs: by record, by root, and those of every owned table."""
    by_record = Index(f"ix_{table}_record_model_record_id", "record_model", "record_id", "id")
    return (by_record, Index(f"ix_{table}_root_id", "root_id"), *index_scope(table))


class Comment(Part, db.Model):
    """A remark on a record. Written once, never edited."""

    __tablename__ = "comment"
    __table_args__ = (*index_part("comment"), {"sqlite_autoincrement": True})

    text: Mapped[str] = column(TextRule(20_000, lines=True, needed=COMMENT_EMPTY))

    def __str__(self) -> str:
        return self.text if len(self.text) <= 60 else self.text[:59] + "…"


class Attachment(Part, db.Model):
    """A file of a record, kept in the database: saved, backed up and rolled back together with it."""

    __tablename__ = "attachment"
    __table_args__ = (*index_part("attachment"), {"sqlite_autoincrement": True})

    name: Mapped[str] = column(TextRule(MAX_NAME, needed=FILE_TYPE))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column()
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary))

    def __str__(self) -> str:
        return self.name

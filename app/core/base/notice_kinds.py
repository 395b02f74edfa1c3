"""Kinds of notices, as the manifests declare them: what a person is told, and where it leads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .registry import Registry


@dataclass(frozen=True)
class NoticeKind:
    """One kind of notice. Every sentence is made when it is read, in the reader's language.

    `sentence(who, label)`: of a row that the person still reaches, or of a kind with an `endpoint`, whose page judges for itself.
    `unseen(who)`: of a row that the person no longer reaches: what it was called is theirs no more.
    `endpoint`: the page of one row (`pk`) that the notice leads to, when it is not the record's own.
    """

    code: str
    sentence: Callable[[str, str], str]
    unseen: Callable[[str], str] | None = None
    endpoint: str = ""


NOTICE_KINDS: Registry[str, NoticeKind] = Registry("kinds of notices", single=True)

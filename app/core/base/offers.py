"""What modules offer of their records to others that do not know them: facts to ask about, and effects to bring about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .i18n import Words
from .registry import Registry


@dataclass(frozen=True)
class Fact:
    """A fact of a record, by a code such as “contract.amount”: what conditions compare and approvals are pinned to.

    `kind`: as of a process's fields (text, number, money, date, choice, yes_no); `read` the value of a row, `show` as people read it.
    """

    code: str
    label: Words
    kind: str
    read: Callable[[Any], object]
    show: Callable[[Any], str]

    @property
    def of(self) -> str:
        """Return of which record it is: “contract”, “customer”."""
        return self.code.partition(".")[0]


@dataclass(frozen=True)
class Effect:
    """What may be brought about on a record: `of` it (“contract”), by `apply(row, given)`, where `given` are texts and days by code.

    `makes(change)` tells whether a write does the same: by that it can be reserved to one way.
    """

    code: str
    label: Words
    of: str
    apply: Callable[[Any, Mapping[str, object]], None]
    model: type[Any]
    makes: Callable[[Any], bool]
    needs: Mapping[str, Words]


FACTS: Registry[str, Fact] = Registry("facts of records", single=True)
EFFECTS: Registry[str, Effect] = Registry("effects on records", single=True)

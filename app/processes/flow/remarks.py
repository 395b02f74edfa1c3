"""Events that leave step and tasks as they are: what was said, who was called on, what changed meanwhile, who has the case now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from .case import Case
from .events import Event


@dataclass(frozen=True)
class Changed(Event):
    """A fact to which approvals are pinned changed meanwhile: which, from what, to what."""

    code: str
    old: str
    new: str
    by: int | None
    kind: ClassVar[str] = "changed"

    def apply(self, case: Case) -> Case:
        return case


@dataclass(frozen=True)
class Commented(Event):
    """Somebody said something; the words stand beside the event."""

    by: int
    kind: ClassVar[str] = "commented"

    def apply(self, case: Case) -> Case:
        return case


@dataclass(frozen=True)
class Reminded(Event):
    """Those who must act were called on."""

    by: int
    kind: ClassVar[str] = "reminded"

    def apply(self, case: Case) -> Case:
        return case


@dataclass(frozen=True)
class Handed(Event):
    """The case went to another person, who counts as its starter from now on."""

    to: int
    by: int | None
    kind: ClassVar[str] = "handed"

    def apply(self, case: Case) -> Case:
        return replace(case, starter=self.to)

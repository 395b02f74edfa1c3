"""How a use of a private part is checked: the part is asked to do what the desk needs of it, apart from the desk where possible."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest
from flask import Flask

ROOT = Path(__file__).parents[2]
LIST = ROOT / "docs" / "PRIVATE_API.md"


@dataclass(frozen=True)
class Use:
    """One private part: `find_change` says in words what is no longer so (None: all as before), `upset` changes it as an upgrade might."""

    what: str
    find_change: Callable[[Flask], str | None]
    upset: Callable[[pytest.MonkeyPatch, Flask], None]

    def find_complaint(self, app: Flask) -> str | None:
        """Return what has changed; a check that cannot even be made says so."""
        try:
            return self.find_change(app)
        except Exception as error:
            return f"asking for it ends in {type(error).__name__}: {error}"


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    package: str
    written_against: str
    what: str
    checks: str  # the file of its check
    told: tuple[str, ...]  # every piece of code in the first column
    files: tuple[str, ...]
    why: str

    @property
    def names(self) -> frozenset[str]:
        """Return every name that the first column tells."""
        return frozenset(re.findall(r"\w+", " ".join(self.told)))

    def is_used_in(self, source: str) -> bool:
        """Tell whether a file's text holds one of the names that are meant: the last of each piece of code."""
        words = set(re.findall(r"\w+", source))
        return any(re.findall(r"\w+", code)[-1] in words for code in self.told)

    def explain(self, complaint: str) -> str:
        """Return what whoever upgrades has to know."""
        installed = version(self.package)
        return (
            f"\n{self.package} {installed} is not what `{self.what}` was written against ({self.written_against}): {complaint}."
            f"\nUsed in {', '.join(self.files)}: {self.why}"
            f"\nLook at that code, at {self.checks} and at docs/PRIVATE_API.md: "
            "find the new way, or hold the package back in requirements.txt."
        )


HEADING = re.compile(r"## (\S+) (\S+)$")
CODE = re.compile(r"`([^`]+)`")


def read_list() -> dict[str, Row]:
    """Return the lines of docs/PRIVATE_API.md by what they are about."""
    rows: dict[str, Row] = {}
    package = against = checks = ""
    for line in LIST.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            found = HEADING.match(line)
            package, against = (found[1], found[2]) if found else ("", "")
        elif line.startswith("Checks: "):
            checks = CODE.findall(line)[0]
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not package or len(cells) != 3 or not cells[0].startswith("`"):
            continue
        told = CODE.findall(cells[0])
        what = told[0]
        assert what not in rows, f"{what} stands twice in docs/PRIVATE_API.md"
        rows[what] = Row(package, against, what, checks, tuple(told), tuple(CODE.findall(cells[1])), cells[2])
    return rows

"""Executes a section of README in a copy of the repository: its files are written, its commands run, word for word.

A line that ends with a path in backticks and a colon names the file that the block below it is: Python is written as it
stands; of a catalogue (po) the entries are filled in, as a person does. A line of a command that ends with
“# ends with 1” must do so, every other one with 0.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TITLE = "## How to add a module"
NAMED = re.compile(r"`([\w./*-]+)`:$")
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".mypy_cache", ".ruff_cache", "node_modules", "data")
LONGEST = 1800  # seconds a command may take


@dataclass(frozen=True)
class Block:
    """One block of a section: the language it is in, the file it is (if any), its text."""

    language: str
    path: str
    text: str

    @property
    def commands(self) -> list[str]:
        """Return the lines to run."""
        return self.text.splitlines() if self.language == "sh" else []


def read_blocks(text: str, title: str = TITLE) -> list[Block]:
    """Return the blocks of a section."""
    section = text.split(f"\n{title}\n", 1)[1].split("\n## ", 1)[0]
    found: list[Block] = []
    language, path, lines = "", "", [""]
    for line in section.splitlines():
        if language and line == "```":
            found.append(Block(language, path, "\n".join(lines) + "\n"))
            language = path = ""
        elif language:
            lines.append(line)
        elif line.startswith("```"):
            language, lines = line[3:], []
        elif line:
            named = NAMED.search(line)
            path = named[1] if named else ""
    assert not language, "the last block does not end"
    return found


def copy_repository(target: Path) -> None:
    """Copy what is needed to run the desk and its tests."""
    shutil.copytree(ROOT, target, ignore=NOT_COPIED)


def list_contents(folder: Path) -> dict[str, bytes]:
    """Return path -> content of the code and the tests, but what is compiled."""
    parts = [*folder.glob("app/**/*"), *folder.glob("tests/**/*")]
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in parts
        if path.is_file() and "__pycache__" not in path.parts and path.suffix not in (".pyc", ".mo")
    }


def make_environment(data: Path, **more: str) -> dict[str, str]:
    """Return the environment of a person who has this Python's folder on the path, and a data folder of their own."""
    dropped = ("PYTEST_", "TEST_DATABASE_URL", "DATABASE_URL", "PYTHONPATH", "COUNTERSIGN_", "PUBLIC_URL")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])
    return {**kept, "PATH": path, "DATA_DIR": str(data), "PYTHONDONTWRITEBYTECODE": "1", **more}


@dataclass(frozen=True)
class Walk:
    """A copy of the repository, and the environment commands are run in."""

    folder: Path
    environment: dict[str, str]

    def take(self, block: Block) -> None:
        """Do what a block says."""
        path = self.folder / block.path
        if block.language == "python":
            assert block.path and not path.exists(), f"{block.path} is edited: a module brings files of its own alone"
            path.parent.mkdir(exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.language == "po":
            path.write_text(fill_in(path.read_text(encoding="utf-8"), block.text), encoding="utf-8")
        for line in block.commands:
            self.run(line)

    def run(self, line: str) -> str:
        """Run a command; returns what it prints."""
        status = 1 if line.endswith("# ends with 1") else 0
        done = subprocess.run(
            ["/bin/sh", "-c", line], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False, timeout=LONGEST,
        )  # fmt: skip
        assert done.returncode == status, f"{line}\n{done.stdout[-6000:]}"
        return done.stdout


def fill_in(catalogue: str, words: str) -> str:
    """Return a catalogue with the translations of these entries, each of which stands there untranslated."""
    for entry in words.strip().split("\n\n"):
        sentence, _translation = entry.split("\n")
        empty = f'{sentence}\nmsgstr ""\n'
        assert catalogue.count(empty) == 1, f"{sentence} does not wait for a translation"
        catalogue = catalogue.replace(empty, f"{entry}\n")
    return catalogue

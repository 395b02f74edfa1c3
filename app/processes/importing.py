"""Processes between installations: a version as BPMN or as one file, and such a file taken in as a draft."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from ..core.access.viewer import current_viewer, elevated
from ..core.base.errors import RuleViolation
from ..core.writes import commit
from ..extensions import db
from . import documents, rules
from .bpmn import write_bpmn
from .designs import Process, ProcessVersion
from .page import say_who
from .queries import find_role_names
from .reading import read_design
from .versions import list_versions

MOST_BYTES = 500_000
NO_FILE = _l("Choose a file.")


@dataclass(frozen=True)
class Taken:
    """What became of a file: the draft it made and what is missing here, or why it was refused."""

    version_id: int = 0
    missing: Sequence[str] = ()
    refusal: RuleViolation | None = None


def to_bpmn(version: ProcessVersion) -> bytes:
    """Return a version as BPMN 2.0 with its diagram."""
    design, roles = read_design(version.id), find_role_names(db.session())
    who = {step.code: say_who(design, step, roles) for step in design.flow.steps}
    names = {code: words.label for code, words in design.steps.items()}
    return write_bpmn(design.flow, names, process_code=design.code, process_name=design.name, who=who)


def to_document(version: ProcessVersion) -> dict[str, Any]:
    """Return a version as a document."""
    return documents.dump(db.session(), version)


def take(file: FileStorage | None) -> Taken:
    """Take a file in: as the next draft of the process of its code, or as a new process."""
    try:
        with commit.refusals():
            document = documents.check_shape(_read(file))
            version = _write(document)
            made = Taken(version.id, documents.list_missing(db.session(), document))
            db.session.commit()
    except RuleViolation as refusal:
        return Taken(refusal=refusal)
    return made


def _read(file: FileStorage | None) -> object:
    content = file.read(MOST_BYTES + 1) if file is not None and file.filename else b""
    if not content:
        raise RuleViolation(NO_FILE)
    if len(content) > MOST_BYTES:
        raise documents.refuse("500 KB")
    try:
        found: object = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise documents.refuse("JSON") from error
    return found


def _write(document: documents.Document) -> ProcessVersion:
    process = db.session.scalar(select(Process).where(Process.code == document.get("code")))
    if process is None:
        names = {name: document.get(name) for name in ("code", "name_zh", "name_en")}
        with elevated("import"):  # a process that is entered by hand begins with a draft of one step
            process = Process(**names, owner_id=current_viewer().id)
            db.session.add(process)
            db.session.flush()
    versions = list_versions(process.id)
    if any(one.state == rules.DRAFT for one in versions):
        raise RuleViolation(rules.HAS_DRAFT)
    return documents.write(db.session(), process, versions[0].number + 1 if versions else 1, document)

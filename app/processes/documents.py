"""A whole process as one document: what is exported and imported, and what the first processes of an installation are written from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_appbuilder.security.sqla.models import Role
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..core.base.errors import RuleViolation
from ..core.writes.history import to_text
from ..staff.models import Staff
from .designs import AMOUNT, CopyTo, FieldRight, Process, ProcessField, ProcessStep, ProcessVersion, RouteCondition, StepRoute
from .reading import read_rows

FORMAT = 1
MOST = 200  # fields, steps or routes of a document
BAD = _l("This is no document of a process: %(why)s.")
_FIELD = ("code", "kind", "name_zh", "name_en", "hint_zh", "hint_en", "options", "limit", "least", "most", "default", "is_live",
          "is_shared", "is_told")  # fmt: skip
_STEP = ("code", "name_zh", "name_en", "who", "person_field", "quorum", "needed", "on_no", "may_return", "resume", "starter_may_approve",
         "pass_same_person", "nobody", "hours", "overdue", "in_bulk", "verb_zh", "verb_en")  # fmt: skip
_VERSION = ("binding", "effect", "effect_by", "is_reserved", "note")
Document = Mapping[str, Any]


def _pick(row: object, names: Sequence[str]) -> dict[str, Any]:
    """Return what a row says beyond the defaults of its columns, numbers with decimals as text."""
    found = {}
    for name in names:
        value = getattr(row, name)
        if value not in (None, "", False):
            found[name] = value if isinstance(value, str | int | bool) else to_text(value)
        elif value is False and name == "starter_may_approve":
            found[name] = False
    return found


def dump(session: Session, version: ProcessVersion) -> dict[str, Any]:
    """Return a version as a document: roles by their names, people by their user names."""
    fields, dumper = read_rows(ProcessField, version.id), _Dumper(session, version)
    return {
        "format": FORMAT,
        **_pick(version.process, ("code", "name_zh", "name_en")),
        **_pick(version, _VERSION),
        "fields": [{**_pick(row, _FIELD), **_dump_columns(row, fields)} for row in fields if row.parent_id is None],
        "steps": [dumper.dump_step(row) for row in dumper.steps],
        "copies": dumper.dump_copies(None),
    }


class _Dumper:
    """Says what the parts of one version are, by codes and names."""

    def __init__(self, session: Session, version: ProcessVersion) -> None:
        self.steps = read_rows(ProcessStep, version.id)
        self.codes = {row.id: row.code for row in self.steps}
        self.field_codes = {row.id: row.code for row in read_rows(ProcessField, version.id)}
        self.rights, self.routes = read_rows(FieldRight, version.id), read_rows(StepRoute, version.id)
        self.conditions, self.copies = read_rows(RouteCondition, version.id), read_rows(CopyTo, version.id)
        self.roles = {row.id: row.name for row in session.execute(select(Role.id, Role.name))}
        self.people = {row.id: row.username for row in session.execute(select(Staff.id, Staff.username))}

    def dump_copies(self, step_id: int | None) -> list[dict[str, Any]]:
        """Return who gets copies once a step is done; None: at the end."""
        mine = [row for row in self.copies if row.step_id == step_id]
        found = [{"who": row.who, "role": self.roles.get(row.role_id or 0), "person": self.people.get(row.person_id or 0)} for row in mine]
        return [{name: value for name, value in one.items() if value is not None} for one in found]

    def dump_step(self, row: ProcessStep) -> dict[str, Any]:
        """Return a step with its roles, rights, ways on and copies."""
        return {
            **_pick(row, _STEP),
            "roles": [role.name for role in row.roles],
            **({"stand_in": self.people[row.stand_in_id]} if row.stand_in_id else {}),
            "rights": {self.field_codes[one.field_id]: one.allows for one in self.rights if one.step_id == row.id},
            "routes": [self._dump_route(route) for route in self.routes if route.step_id == row.id],
            "copies": self.dump_copies(row.id),
        }

    def _dump_route(self, route: StepRoute) -> dict[str, Any]:
        conditions = [_pick(one, ("field", "operator", "value")) for one in self.conditions if one.route_id == route.id]
        return {"to": self.codes.get(route.target_id or 0, ""), "when": conditions}


def _dump_columns(row: ProcessField, fields: Sequence[ProcessField]) -> dict[str, Any]:
    columns = [_pick(one, _FIELD) for one in fields if one.parent_id == row.id]
    return {"columns": columns} if columns else {}


def refuse(why: str) -> RuleViolation:
    """Return the refusal of a document, and why."""
    return RuleViolation(str(BAD) % {"why": why})


def check_shape(document: object) -> Document:
    """Return a document whose shape is right. Raises RuleViolation for any other: unknown keys, other types, too much of anything."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise refuse("format")
    _check_keys(document, {"format", "code", "name_zh", "name_en", *_VERSION, "fields", "steps", "copies"}, "process", ("code",))
    for part in _list_of(document, "fields"):
        _check_keys(part, {*_FIELD, "columns"}, "field", ("code",))
        for column in _list_of(part, "columns"):
            _check_keys(column, {*_FIELD}, "column", ("code",))
    for step in _list_of(document, "steps"):
        _check_step(step)
    _check_copies(document)
    return document


def _check_step(step: Document) -> None:
    _check_keys(step, {*_STEP, "roles", "stand_in", "rights", "routes", "copies"}, "step", ("code",))
    rights, roles = step.get("rights", {}), step.get("roles", [])
    if not isinstance(rights, dict) or not isinstance(roles, list) or not all(isinstance(one, str) for one in (*roles, *rights.values())):
        raise refuse("step")
    for route in _list_of(step, "routes"):
        _check_keys(route, {"to", "when"}, "route", ("to",))
        for one in _list_of(route, "when"):
            _check_keys(one, {"field", "operator", "value"}, "condition", ("field", "operator"))
    _check_copies(step)


def _check_copies(found: Document) -> None:
    for copy in _list_of(found, "copies"):
        _check_keys(copy, {"who", "role", "person"}, "copy", ("who",))


def _list_of(found: Document, name: str) -> list[Any]:
    parts = found.get(name, [])
    if not isinstance(parts, list) or len(parts) > MOST or not all(isinstance(part, dict) for part in parts):
        raise refuse(name)
    return parts


PLAIN = (str, int, bool, type(None))
NESTED = {"fields", "columns", "steps", "copies", "routes", "when", "roles", "rights"}


def _check_keys(found: Document, known: set[str], what: str, texts: Sequence[str]) -> None:
    """Refuse keys that are not known, values that are no plain ones, and a part without the `texts` that it is known by."""
    if unknown := {*found} - known:
        raise refuse(f"{what}: {', '.join(sorted(map(str, unknown)))[:100]}")
    if any(not isinstance(value, PLAIN) for key, value in found.items() if key not in NESTED):
        raise refuse(what)
    if any(not isinstance(found.get(name, ""), str) for name in (*texts, "stand_in", "role", "person") if name in found):
        raise refuse(what)
    if "code" in texts and not found.get("code"):
        raise refuse(f"{what}: code")


def list_missing(session: Session, document: Document) -> list[str]:
    """Return the roles and people that a document names and this installation does not have."""
    roles, people = _find_roles(session), _find_people(session)
    wanted = [name for step in document.get("steps", []) for name in step.get("roles", [])]
    asked = [step["stand_in"] for step in document.get("steps", []) if step.get("stand_in")]
    for copy in [*document.get("copies", []), *(one for step in document.get("steps", []) for one in step.get("copies", []))]:
        wanted += [copy["role"]] if copy.get("role") else []
        asked += [copy["person"]] if copy.get("person") else []
    return [*dict.fromkeys(name for name in wanted if name not in roles), *dict.fromkeys(name for name in asked if name not in people)]


def _find_roles(session: Session) -> dict[str, Role]:
    return {row.name: row for row in session.scalars(select(Role))}


def _find_people(session: Session) -> dict[str, int]:
    return {row.username: row.id for row in session.execute(select(Staff.id, Staff.username).where(Staff.active.is_(True)))}


def write(session: Session, process: Process, number: int, document: Document) -> ProcessVersion:
    """Add a draft version as a document says, to be committed by the caller; what is missing here is left out for the check to name."""
    version = ProcessVersion(process_id=process.id, number=number, **{name: document[name] for name in _VERSION if name in document})
    session.add(version)
    session.flush()
    writer = _Writer(session, version, _find_roles(session), _find_people(session))
    writer.write(document)
    session.flush()
    return version


class _Writer:
    """Writes the parts of one version."""

    def __init__(self, session: Session, version: ProcessVersion, roles: Mapping[str, Role], people: Mapping[str, int]) -> None:
        self.session, self.version, self.roles, self.people = session, version, roles, people

    def write(self, document: Document) -> None:
        """Add fields, steps, rights, routes and copies, in this order."""
        fields = {part["code"]: self._add_field(part, place, None) for place, part in enumerate(document.get("fields", []), 1)}
        steps = {part["code"]: self._add_step(part, place) for place, part in enumerate(document.get("steps", []), 1)}
        self.session.flush()
        for part in document.get("fields", []):
            for place, column in enumerate(part.get("columns", []), 1):
                self._add_field(column, place, fields[part["code"]].id)
        for part in document.get("steps", []):
            step = steps[part["code"]]
            for code, right in part.get("rights", {}).items():
                if code in fields:
                    self._add(FieldRight(version_id=self.version.id, step_id=step.id, field_id=fields[code].id, allows=right))
            for place, route in enumerate(part.get("routes", []), 1):
                self._add_route(step, place, route, steps)
            self._add_copies(part.get("copies", []), step.id)
        self._add_copies(document.get("copies", []), None)

    def _add(self, row: Any) -> Any:
        self.session.add(row)
        return row

    def _add_field(self, part: Document, place: int, parent_id: int | None) -> ProcessField:
        said = {name: AMOUNT.read(part[name]) if name in ("least", "most") else part[name] for name in _FIELD if name in part}
        return self._add(ProcessField(version_id=self.version.id, parent_id=parent_id, position=place * 10, **said))

    def _add_step(self, part: Document, place: int) -> ProcessStep:
        said = {name: part[name] for name in _STEP if name in part}
        row = ProcessStep(version_id=self.version.id, position=place * 10, stand_in_id=self.people.get(part.get("stand_in", "")), **said)
        row.roles = [self.roles[name] for name in part.get("roles", []) if name in self.roles]
        return self._add(row)

    def _add_route(self, step: ProcessStep, place: int, part: Document, steps: Mapping[str, ProcessStep]) -> None:
        target = steps[part["to"]].id if part.get("to") in steps else None
        route = self._add(StepRoute(version_id=self.version.id, step_id=step.id, position=place * 10, target_id=target))
        self.session.flush()
        for at, one in enumerate(part.get("when", []), 1):
            self._add(RouteCondition(version_id=self.version.id, route_id=route.id, position=at * 10, **one))

    def _add_copies(self, parts: Sequence[Document], step_id: int | None) -> None:
        for part in parts:
            role = self.roles.get(part.get("role", ""))
            self._add(
                CopyTo(version_id=self.version.id, step_id=step_id, who=part["who"], role_id=role.id if role is not None else None,
                       person_id=self.people.get(part.get("person", "")))
            )  # fmt: skip

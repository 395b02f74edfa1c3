"""What a version says otherwise than the one before, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext as _

from ..extensions import db
from . import documents
from .design_forms import FIELD_LABELS, STEP_LABELS, VERSION_LABELS
from .design_page import say_route
from .designs import ProcessVersion
from .reading import Design, read_design
from .versions import list_versions
from .words import RIGHTS


def list_differences(version: ProcessVersion) -> list[str]:
    """Return the differences from the version of the number before; an empty list when there is none, or no such version."""
    before = next((one for one in list_versions(version.process_id) if one.number == version.number - 1), None)
    if before is None:
        return []
    session = db.session()
    old, new = documents.dump(session, before), documents.dump(session, version)
    designs = read_design(before.id), read_design(version.id)
    return [
        *_compare_parts(old["fields"], new["fields"], _("Field"), FIELD_LABELS),
        *_compare_parts(old["steps"], new["steps"], _("Step"), STEP_LABELS),
        *_compare_steps(designs),
        *_compare_values(old, new, _("Process"), VERSION_LABELS),
    ]


def _compare_parts(old: list[Any], new: list[Any], kind: str, labels: Mapping[str, Any]) -> Iterator[str]:
    before, after = {part["code"]: part for part in old}, {part["code"]: part for part in new}
    for code, part in after.items():
        if code not in before:
            yield _("%(kind)s “%(name)s” is new", kind=kind, name=_call(part))
        else:
            yield from _compare_values(before[code], part, f"{kind} “{_call(part)}”", labels)
    for code, part in before.items():
        if code not in after:
            yield _("%(kind)s “%(name)s” is gone", kind=kind, name=_call(part))
    kept_before, kept_after = [code for code in before if code in after], [code for code in after if code in before]
    if kept_before != kept_after:
        yield _("%(kind)s: another order", kind=kind)


def _call(part: Mapping[str, Any]) -> str:
    return str(part.get("name_zh") or part["code"])


def _compare_values(old: Mapping[str, Any], new: Mapping[str, Any], what: str, labels: Mapping[str, Any]) -> Iterator[str]:
    for name, label in labels.items():
        if old.get(name) != new.get(name):
            shown = {"what": what, "label": label, "old": _show(old.get(name)), "new": _show(new.get(name))}
            yield _("%(what)s, %(label)s: %(old)s → %(new)s", **shown)
    if old.get("roles") != new.get("roles"):
        names = [", ".join(_(role) for role in part.get("roles") or ()) or "–" for part in (old, new)]
        yield _("%(what)s, roles: %(old)s → %(new)s", what=what, old=names[0], new=names[1])


def _show(value: object) -> str:
    if value is None or value == "":
        return "–"
    return (_("Yes") if value else _("No")) if isinstance(value, bool) else str(value)


def _compare_steps(designs: tuple[Design, Design]) -> Iterator[str]:
    """Yield what ways and rights say otherwise."""
    old, new = designs
    for step in new.flow.steps:
        before = old.flow.find(step.code)
        if before is None:
            continue
        name = new.call(step.code)
        ways = [[say_route(design, route) for route in one.routes] for design, one in ((old, before), (new, step))]
        if ways[0] != ways[1]:
            yield _("Step “%(name)s”, ways on: %(old)s → %(new)s", name=name, old="; ".join(ways[0]) or "–", new="; ".join(ways[1]) or "–")
        for code, about in new.fields.items():
            if code in old.fields and before.right_on(code) is not step.right_on(code):
                shown = {"field": about.label, "old": RIGHTS[before.right_on(code)], "new": RIGHTS[step.right_on(code)]}
                yield _("Step “%(name)s”, %(field)s: %(old)s → %(new)s", name=name, **shown)

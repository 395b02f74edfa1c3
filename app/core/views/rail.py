"""The core's own parts of a record's rail: the card of the record that it belongs to, and its details, folded."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask_babel import gettext as _

from ..access.mixins import Owned
from ..access.scope import find_reason
from ..access.screens import screen_of
from ..access.viewer import SEE, current_viewer
from ..base.formatting import make_initials
from ..base.i18n import Words
from ..base.workspace import RailPart, Record
from ..forms.lookups import Details, Lookup, known, make_card
from ..writes.columns import rules_of

CARD, DETAILS = "root", "details"


@dataclass
class RootCard:
    """What the rail shows of the record that this one belongs to. A line is label, value, and a phone number where the value holds one."""

    name: str
    url: str | None
    initials: str
    badge: tuple[str, str] | None = None
    lines: list[list[str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def make_root_card(item: Owned) -> RailPart | None:
    """Return the card of the record that a row belongs to, as pickers show it; None without one, or for who may not pick it.

    It reaches as far as the picker: who works on a ticket reads its customer's contacts there, though not the customer's page.
    """
    link = item.policy.nearest
    root = getattr(item, link.column.removesuffix("_id"), None) if link is not None else None
    if link is None or not isinstance(root, Owned):
        return None
    lookup = _find_lookup(item, link.column, type(root))
    screen = screen_of(type(root))
    may_open = screen is not None and screen.may("can_show") and find_reason(current_viewer(), root, SEE) is not None
    url = screen.url("show", root) if screen is not None and may_open else None
    card: Details = (make_card(lookup, root) if lookup is not None else None) or {}
    badge = card.get("badge")
    data = RootCard(str(root), url, make_initials(str(root)), (badge["text"], badge["tone"]) if badge else None)
    data.lines = [line for line in card.get("lines", []) if any(line[1:])]
    data.warnings = card.get("warnings", [])
    title: Words = next((label for name, label in _labels_of(item) if name == link.column.removesuffix("_id")), _("Belongs to"))
    return RailPart(CARD, title, "ui/_root_card.html", data, is_first=True, order=10)


def _labels_of(item: Owned) -> list[tuple[str, Words]]:
    screen = screen_of(type(item))
    return list(screen.label_columns.items()) if screen is not None else []


def _find_lookup(item: Owned, column: str, model: type[Owned]) -> Lookup | None:
    """Return the picker by which the viewer chooses such a record: that of the row's own field, else any other; None for none."""
    viewer, own = current_viewer(), getattr(rules_of(type(item)).get(column), "lookup", "")
    found = [lookup for lookup in known().values() if lookup.model is model and any(viewer.may(*need) for need in lookup.needs)]
    return next(iter(sorted(found, key=lambda lookup: lookup.name != own)), None)


def make_details(record: Record) -> RailPart | None:
    """Return the facts of a record that are not empty; they are folded, as one reads them last."""
    facts = [(label, value) for _title, cells in record.sections for label, value, _wide in cells if value not in (None, "")]
    return RailPart(DETAILS, _("Details"), "ui/_details.html", facts, len(facts), order=90) if facts else None

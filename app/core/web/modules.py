"""The manifest of a module: everything that one package adds to the desk, in one value. It is found by looking and bound by `binding`."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ..access.viewer import Part, ProfileReader, ShareParser, Viewer
from ..base.notice_kinds import NoticeKind
from ..base.offers import Effect, Fact
from ..base.workspace import ButtonMaker, PartMaker
from ..db.identities import Identity
from ..forms.lookups import DetailMaker, Lookup
from ..forms.undo import Restorer
from ..lists.facets import Facet
from ..lists.pages import ListAction
from ..views.compose import Writer
from ..views.timeline import Source
from ..writes.fields import FieldRule
from ..writes.gate import Guard
from ..writes.history import WatchedSets
from ..writes.kept import Kept

Grants = Mapping[str, Sequence[str]]  # module -> permissions
EVERY_ROLE = "*"  # in `grants`: each of the seeded roles
# Permissions that the seeds name together.
SEE = ("menu_access", "can_list", "can_show")
KEEP = (*SEE, "can_add", "can_edit")
CRUD = (*KEEP, "can_delete")
OWN, DEPARTMENT, ALL = "can_see_own", "can_see_department", "can_see_all"


@dataclass(frozen=True)
class Screen:
    """One view and, if `label` is set, its place on the menu."""

    view: type[Any]
    label: Any = None
    icon: str = "point"
    group: str = "work"
    order: int = 50
    new_label: Any = None
    count: str = ""  # the part of the profile that stands beside its label

    @property
    def name(self) -> str:
        """Return the menu entry's name, which is the view's permission name."""
        return self.view.class_permission_name or self.view.__name__


@dataclass(frozen=True)
class OptionSet:
    """A short list that IT edits, and its first entries: (code, Chinese, English)."""

    code: str
    label: Any
    entries: Sequence[tuple[str, str, str]] = ()


@dataclass(frozen=True)
class Series:
    """A number series and its first pattern (core.writes.numbering)."""

    code: str
    pattern: str


@dataclass(frozen=True)
class SeedRows:
    """Rows written once into an installation that never had them; `key` remembers it, whatever becomes of the rows."""

    key: str
    make: Callable[[], Sequence[Any]]


@dataclass(frozen=True, kw_only=True)
class Module:
    """What one package brings. Nothing else plugs it in; to take it away is to delete the package.

    Of its own: `screens`, `apis` (REST), `lookups` (pickers), `option_sets`, `series`, `seeds`; `grants` role -> module ->
    permissions that a new installation gives; `extra_permissions` that no screen asks for; `names` what people call
    permission names without a menu entry; `notices`; `list_actions` and `facets` by the list's module.

    To others, by their module name: `timeline` (events of the stream), `rail` (parts of it), `buttons` and `composers` (what may
    be written on top of the stream) of record pages; `card_lines` on a lookup's info card; `guards` (model,
    guard): of its own models before those of downstream modules; `facts` of its records to ask about, and `effects` to bring about.

    To the core: `kept` (what others keep of a model's rows),
    `watched_sets`, `identities` and `definitions` (of fields) of models that are none of ours; `profile_parts`
    folded into the statement that every request begins with; `directory` and `shares` how a profile and what is lent are read;
    `context` what every page of a signed-in person is given to print; `restorer` how a deleted row comes out of the bin;
    `ticks` what time brings about, asked every minute: each returns for how many rows it did something.
    """

    name: str
    screens: Sequence[Screen] = ()
    apis: Sequence[type[Any]] = ()
    lookups: Sequence[Lookup] = ()
    guards: Sequence[tuple[type[Any], Guard]] = ()
    timeline: Sequence[tuple[str, Source]] = ()
    rail: Sequence[tuple[str, PartMaker]] = ()
    buttons: Sequence[tuple[str, ButtonMaker]] = ()
    composers: Sequence[tuple[str, Writer]] = ()
    card_lines: Sequence[tuple[str, DetailMaker]] = ()
    list_actions: Sequence[tuple[str, ListAction]] = ()
    facets: Sequence[tuple[str, Facet]] = ()
    option_sets: Sequence[OptionSet] = ()
    series: Sequence[Series] = ()
    seeds: Sequence[SeedRows] = ()
    grants: Mapping[str, Grants] = field(default_factory=dict)
    extra_permissions: Sequence[tuple[str, str]] = ()
    names: Mapping[str, Any] = field(default_factory=dict)
    notices: Sequence[NoticeKind] = ()
    facts: Sequence[Fact] = ()
    effects: Sequence[Effect] = ()
    kept: Sequence[Kept] = ()
    watched_sets: Sequence[WatchedSets] = ()
    identities: Mapping[type[Any], Identity] = field(default_factory=dict)
    definitions: Mapping[type[Any], Mapping[str, FieldRule]] = field(default_factory=dict)
    profile_parts: Mapping[str, Part] = field(default_factory=dict)
    directory: ProfileReader | None = None
    shares: ShareParser | None = None
    context: Callable[[Viewer], Mapping[str, Any]] | None = None
    ticks: Sequence[Callable[[], int]] = ()
    restorer: Restorer | None = None


@cache
def discover(package: str) -> tuple[Module, ...]:
    """Return the `MODULE` of every package below this one that has a module.py, in the order of their names."""
    names = [f"{package}.{info.name}.module" for info in pkgutil.iter_modules(import_module(package).__path__) if info.ispkg]
    return tuple(import_module(name).MODULE for name in names if find_spec(name) is not None)


def all_grants(modules: Sequence[Module]) -> list[tuple[str, str]]:
    """Return every (permission, module) that the registered screens and resources ask for."""
    found: dict[tuple[str, str], None] = {}
    for module in modules:
        for screen in module.screens:
            for permission in screen.view.base_permissions or ():
                found[(permission, screen.name)] = None
            if screen.label is not None:
                found[("menu_access", screen.name)] = None
        for grant in module.extra_permissions:
            found[grant] = None
    return list(found)

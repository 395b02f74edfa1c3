"""Modules: what a package declares at the end of its views.py, found by looking, put on the menu."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from flask import request, url_for
from flask_babel import lazy_gettext as _l

from . import lookup, records
from .access import current_viewer

GROUPS: dict[str, Any] = {"": "", "work": _l("Sales and service"), "admin": _l("Administration")}


@dataclass(frozen=True)
class Screen:
    """One view and, if `label` is set, its place on the menu."""

    view: type[Any]
    label: Any = None
    icon: str = "point"
    group: str = "work"
    order: int = 50
    new_label: Any = None

    @property
    def name(self) -> str:
        """Return the menu entry's name, which is the view's permission name."""
        return self.view.class_permission_name or self.view.__name__


@dataclass(frozen=True)
class Module:
    """What one package brings: screens, REST resources, lookups, tabs on other modules' record pages."""

    name: str
    screens: Sequence[Screen] = ()
    apis: Sequence[type[Any]] = ()
    lookups: Sequence[lookup.Lookup] = ()
    tabs: Sequence[tuple[str, int, records.TabMaker]] = ()
    extra_permissions: Sequence[tuple[str, str]] = field(default_factory=tuple)
    names: Mapping[str, Any] = field(default_factory=dict)  # what permission names without a menu entry are called


@cache
def discover(package: str) -> tuple[Module, ...]:
    """Return the MODULE of every package below this one that has a views.py, guards imported first."""
    found = []
    for info in pkgutil.iter_modules(import_module(package).__path__):
        name = f"{package}.{info.name}"
        if not info.ispkg or find_spec(f"{name}.views") is None:
            continue
        if find_spec(f"{name}.guards") is not None:
            import_module(f"{name}.guards")
        module = getattr(import_module(f"{name}.views"), "MODULE", None)
        if isinstance(module, Module):
            found.append(module)
    return tuple(found)


_names: dict[str, Any] = {}


def label_of(name: str) -> Any:
    """Return what a person calls the screens behind a permission name."""
    return _names.get(name, name)


def register_all(appbuilder: Any, modules: Sequence[Module]) -> None:
    """Register every module's screens, resources, lookups and tabs with the app."""
    for module in modules:
        for screen in module.screens:
            if screen.label is not None:
                _names[screen.name] = screen.label
            if screen.label is None:
                appbuilder.add_view_no_menu(screen.view)
            else:
                appbuilder.add_view(screen.view, screen.name, label=screen.label)
        for api in module.apis:
            appbuilder.add_api(api)
        lookup.register(*module.lookups)
        _names.update(module.names)
        for parent, order, make in module.tabs:
            records.register_tab(parent, make, order=order)


def _menu_screens(modules: Sequence[Module]) -> list[Screen]:
    screens = [screen for module in modules for screen in module.screens if screen.label is not None]
    return sorted(screens, key=lambda screen: (list(GROUPS).index(screen.group), screen.order))


def make_menu(modules: Sequence[Module]) -> list[dict[str, Any]]:
    """Return the sidebar for the viewer: groups with label and items; no statement."""
    viewer = current_viewer()
    groups: dict[str, list[dict[str, Any]]] = {key: [] for key in GROUPS}
    for screen in _menu_screens(modules):
        if not viewer.may("menu_access", screen.name):
            continue
        url = url_for(f"{screen.view.__name__}.{screen.view.default_view}")
        base = screen.view.route_base + "/"
        active = request.path == base or (base != "/" and request.path.startswith(base))
        groups[screen.group].append({"label": str(screen.label), "url": url, "icon": screen.icon, "active": active})
    return [{"label": str(GROUPS[key]), "items": items} for key, items in groups.items() if items]


def make_new_links(modules: Sequence[Module]) -> list[tuple[str, str]]:
    """Return the entries of the “New” menu that the viewer may use."""
    viewer = current_viewer()
    return [
        (str(screen.new_label), url_for(f"{screen.view.__name__}.add"))
        for screen in _menu_screens(modules)
        if screen.new_label is not None and viewer.may("can_add", screen.name)
    ]


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

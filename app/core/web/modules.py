"""Modules: what a package declares at the end of its views.py, found by looking, put on the menu."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from flask import request, url_for
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l

from ..access.viewer import Viewer, current_viewer
from ..base.caches import Cache
from ..base.page_data import TabMaker, register_tab
from ..base.screens import name_screens
from ..forms.lookups import Lookup
from ..forms.lookups import register as register_lookups

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
    lookups: Sequence[Lookup] = ()
    tabs: Sequence[tuple[str, int, TabMaker]] = ()
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


def register_all(appbuilder: Any, modules: Sequence[Module]) -> None:
    """Register every module's screens, resources, lookups and tabs with the app."""
    for module in modules:
        for screen in module.screens:
            if screen.label is not None:
                name_screens({screen.name: screen.label})
            if screen.label is None:
                appbuilder.add_view_no_menu(screen.view)
            else:
                appbuilder.add_view(screen.view, screen.name, label=screen.label)
        for api in module.apis:
            appbuilder.add_api(api)
        register_lookups(*module.lookups)
        name_screens(module.names)
        for parent, order, make in module.tabs:
            register_tab(parent, make, order=order)


@dataclass(frozen=True)
class Place:
    """One entry of the sidebar, as it stands for everybody with the same grants and language."""

    group: str
    label: str
    url: str
    icon: str
    base: str

    def holds(self, path: str) -> bool:
        """Tell whether a page is one of this entry's."""
        return path == self.base or (self.base != "/" and path.startswith(self.base))


class Menu:
    """The sidebar and the “New” menu of these modules, worked out once for each set of grants and language; no statement."""

    def __init__(self, modules: Sequence[Module]) -> None:
        screens = [screen for module in modules for screen in module.screens if screen.label is not None]
        self._screens = sorted(screens, key=lambda screen: (list(GROUPS).index(screen.group), screen.order))
        self._entries: Cache[tuple[list[Place], list[tuple[str, str]]]] = Cache("menus by grants and language", 200)

    def groups(self) -> list[dict[str, Any]]:
        """Return the sidebar for the viewer: groups with label and items."""
        items: dict[str, list[dict[str, Any]]] = {key: [] for key in GROUPS}
        path = request.path
        for place in self._find()[0]:
            items[place.group].append({"label": place.label, "url": place.url, "icon": place.icon, "active": place.holds(path)})
        return [{"label": str(GROUPS[key]), "items": found} for key, found in items.items() if found]

    def new_links(self) -> list[tuple[str, str]]:
        """Return the entries of the “New” menu that the viewer may use."""
        return self._find()[1]

    def _find(self) -> tuple[list[Place], list[tuple[str, str]]]:
        viewer = current_viewer()
        key = (viewer.roles, viewer.is_admin, viewer.is_system, viewer.profile is None, str(get_locale()), request.script_root)
        found = self._entries.find(key)
        return found if found is not None else self._entries.keep(key, ([*self._list_places(viewer)], [*self._list_new_links(viewer)]))

    def _list_places(self, viewer: Viewer) -> Iterator[Place]:
        for screen in self._screens:
            if viewer.may("menu_access", screen.name):
                url = url_for(f"{screen.view.__name__}.{screen.view.default_view}")
                yield Place(screen.group, str(screen.label), url, screen.icon, screen.view.route_base + "/")

    def _list_new_links(self, viewer: Viewer) -> Iterator[tuple[str, str]]:
        for screen in self._screens:
            if screen.new_label is not None and viewer.may("can_add", screen.name):
                yield str(screen.new_label), url_for(f"{screen.view.__name__}.add")


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

"""The sidebar and the “New” menu, as the viewer's grants and language make them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import request, url_for
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l

from ..access.viewer import Viewer, current_viewer
from ..base.caches import Cache
from ..base.i18n import Words
from .modules import Module

GROUPS: dict[str, Words] = {"": "", "work": _l("Sales and service"), "admin": _l("Administration")}


@dataclass(frozen=True)
class Place:
    """One entry of the sidebar, as it stands for everybody with the same grants and language."""

    group: str
    label: str
    url: str
    icon: str
    base: str
    count: str = ""

    def holds(self, path: str) -> bool:
        """Tell whether a page is one of this entry's."""
        return path == self.base or (self.base != "/" and path.startswith(self.base))


class Menu:
    """The sidebar and the “New” menu of these modules, worked out once for each set of grants and language; no statement."""

    def __init__(self, modules: Sequence[Module]) -> None:
        screens = [screen for module in modules for screen in module.screens if screen.label is not None]
        self._screens = sorted(screens, key=lambda screen: (list(GROUPS).index(screen.group), screen.order))
        self._entries: Cache[tuple[list[Place], list[tuple[str, str]]]] = Cache("menus by grants and language", 200)

    def groups(self) -> list[dict[str, object]]:
        """Return the sidebar for the viewer: groups with label and items."""
        items: dict[str, list[dict[str, object]]] = {key: [] for key in GROUPS}
        path, profile = request.path, current_viewer().profile
        parts = profile.parts if profile is not None else {}
        for place in self._find()[0]:
            n = int(parts.get(place.count) or 0) if place.count else 0
            items[place.group].append({"label": place.label, "url": place.url, "icon": place.icon, "active": place.holds(path), "count": n})
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
                yield Place(screen.group, str(screen.label), url, screen.icon, screen.view.route_base + "/", screen.count)

    def _list_new_links(self, viewer: Viewer) -> Iterator[tuple[str, str]]:
        for screen in self._screens:
            if screen.new_label is not None and viewer.may("can_add", screen.name):
                yield str(screen.new_label), url_for(f"{screen.view.__name__}.add")

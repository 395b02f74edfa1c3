"""Who gets what from every route: the declarations of tests/access, and the standard routes that follow from each.

The test sends each request and compares. What the letters mean stands in access_declaring.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from . import access
from .access_declaring import MADE, STANDING, Access, Route, add, change, may, no_such, press, reach, restore, show

# Ways in and out, which would end the table's own sessions: the tests of sessions send them.
SESSIONS = {"POST /login/", "POST /logout/", "POST /api/v1/security/login", "POST /api/v1/security/refresh"}


@cache
def list_declarations() -> list[Any]:
    """Return the files of tests/access: each has the `ACCESS` of its module's screens, `ROUTES` of single pages, or both."""
    return [import_module(f"{access.__name__}.{info.name}") for info in iter_modules(access.__path__)]


@cache
def find_access() -> dict[str, Access]:
    """Return what is declared, by address."""
    return {one.base: one for part in list_declarations() for one in getattr(part, "ACCESS", ())}


# The routes below name what they are asked about by the part of `Access.kinds` that stands for them; `under`: a row to hang on.


def list_pages(one: Access) -> Iterator[tuple[str, Route]]:
    """Yield the pages of a module, and its forms."""
    base = f"/{one.base}/"
    yield f"GET {base}", Route(may("see"))
    yield f"GET {base}list/", Route(may("see"))
    if one.facet:
        yield f"GET {base}facet/<name>", Route(may("see"), path=f"{base}facet/{one.facet}")
    if one.is_summed:
        yield f"GET {base}sums", Route(may("see"))
    yield f"GET {base}show/<pk>", Route(show(), "show")
    if "add" in one.actions:
        yield f"GET {base}add", Route(may("add"))
        yield f"POST {base}add", Route(add(), "under", one.form) if one.under else Route(may("add", "w"), body=one.form)
    if "edit" in one.actions:
        save = one.form if one.save is None else one.save
        yield f"GET {base}edit/<pk>", Route(change("edit", "y"), "edit")
        yield f"POST {base}edit/<pk>", Route(change("edit"), "save", MADE if save == MADE else {**save, **STANDING})
        grid, body = (press("edit"), one.move) if one.move else (no_such("edit"), {"move": "void"})
        yield f"POST {base}move/<pk>", Route(grid, "move", body)
    if "delete" in one.actions:
        yield f"POST {base}delete/<pk>", Route(press("delete"), "delete")
    if "export" in one.actions:
        yield f"GET {base}export/<kind>", Route(may("export", "w"), path=f"{base}export/csv")  # a line of history is what it writes


def list_buttons(one: Access) -> Iterator[tuple[str, Route]]:
    """Yield the actions on a list, and what a record's page offers beside its forms."""
    base, name = f"/{one.base}/", one.action or "delete"
    grid = change("edit") if one.action else no_such()
    yield f"POST {base}action/<string:name>/<pk>", Route(grid, "action", path=f"{base}action/{name}/{{pk}}")
    yield f"POST {base}action_post", Route(grid, "action", {"action": name, "rowid": "{pk}"})
    if one.is_owned:
        yield f"GET {base}reach/<pk>", Route(reach(), "reach")
    if one.is_owned and one.is_lent:
        lend = {"staff": "{colleague}", "access": "read"}
        yield f"POST {base}share/<pk>", Route(press("edit"), "share", lend)
        yield f"POST {base}unshare/<pk>", Route(press("edit", "r"), "share", {"staff": "{colleague}"})


def list_resource(one: Access) -> Iterator[tuple[str, Route]]:
    """Yield the requests of a module's REST resource."""
    base = f"/api/v1/{one.base}/"
    yield f"GET {base}", Route(may("see"))
    yield f"GET {base}_info", Route(may("see"))
    yield f"GET {base}<int:pk>", Route(show(), "show")
    if "add" in one.actions:
        yield f"POST {base}", Route(add(), "under", one.rest) if one.under else Route(may("add", "w"), body=one.rest)
    if "edit" in one.actions:
        yield f"PUT {base}<pk>", Route(change("edit"), "put", one.put)
    if "delete" in one.actions:
        yield f"DELETE {base}<pk>", Route(change("delete"), "remove")


def list_bin(one: Access) -> Iterator[tuple[str, Route]]:
    """Yield the ways out of the bin, one address for every kind of record; `table` is that of the module's records."""
    yield f"POST /bin/restore/{one.base}/<pk>", Route(restore(), "binned", path="/bin/restore/{table}/{pk}")
    yield f"POST /bin/purge/{one.base}/<pk>", Route("chief:www", "binned", {"reason": "written twice"}, path="/bin/purge/{table}/{pk}")


def list_routes(one: Access) -> dict[str, Route]:
    """Return every route of a module: the standard ones but those it is without, and its own; kinds named, grids drawn."""
    parts = [list_pages, list_buttons, *([list_resource] if one.has_rest else []), *([list_bin] if one.is_owned else [])]
    found = {key: replace(route, kind=find_kind(one, route.kind)) for part in parts for key, route in part(one)}
    found = {key: route for key, route in found.items() if key not in one.without}
    found |= {f"GET /lookup/{name}": Route(may(actions)) for name, actions in one.lookups.items()}
    return {key: draw(one, route) for key, route in {**found, **one.routes}.items()}


def find_kind(one: Access, part: str) -> str:
    """Return the kind of record that a part of a module's routes is asked about."""
    if part == "under" and one.under is not None:
        return find_kind(one.under, "show")
    if part == "binned":
        return f"binned {one.base}"
    return one.kinds.get(part, one.kind or one.base) if part else ""


def draw(one: Access, route: Route) -> Route:
    """Return the route with its grid drawn for this module."""
    return route if isinstance(route.grid, str) else replace(route, grid=route.grid(one))


ROUTES: dict[str, Route] = {}
for _part in list_declarations():
    ROUTES |= getattr(_part, "ROUTES", {})
    for _one in getattr(_part, "ACCESS", ()):
        ROUTES |= list_routes(_one)

"""Addresses of pages: of a page by its endpoint, and of the present list with other arguments."""

from __future__ import annotations

from functools import cache
from urllib.parse import urlencode, urlsplit

from flask import current_app, g, request, url_for
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import RequestRedirect

PAGING = frozenset({"after", "before", "last", "page"})  # arguments that name the page of a list: cursors and numbers
FIND = "find"  # the facet of a list whose values are looked up; the words stand under its name and `_find`
SUMS = "sums"  # asks for the sums of a long list


def find_address(endpoint: str) -> str:
    """Return the address of an endpoint without arguments; built once per process."""
    return request.script_root + _find_below_root(endpoint)


@cache
def _find_below_root(endpoint: str) -> str:
    return url_for(endpoint).removeprefix(request.script_root)


def link_with(**changes: object) -> str:
    """Return the present address with some arguments changed (None removes) and without those of one look: paging, finding, sums."""
    asked = request.args
    args: dict[str, list[object]] = {name: [*values] for name, values in asked.lists() if not _is_of_one_look(name)} if asked else {}
    args.update({name: [value] for name, value in changes.items()})
    text = urlencode([(name, value) for name, values in args.items() for value in values if value not in (None, "")])
    return f"{_find_path()}?{text}" if text else _find_path()


def show_as(path: str) -> None:
    """Say which page is shown, when the answer to another address shows it: a refused form's. The page's links lead to itself."""
    g.shown_path = path


def _find_path() -> str:
    path: str = g.get("shown_path") or request.path
    return path


def find_page(path: str) -> str:
    """Return an address of ours that can be asked for: the path, or of what only takes a form the record's page or its list."""
    bare = urlsplit(path).path.removeprefix(request.script_root)
    adapter = current_app.url_map.bind("")
    try:
        adapter.match(bare, method="GET")
    except MethodNotAllowed as error:
        endpoint, values = adapter.match(bare, method=next(iter(error.valid_methods or ()), "POST"))
        view = endpoint.split(".")[0]
        for page, known in ((f"{view}.show", {"pk": values.get("pk")}), (f"{view}.list", {})):
            if page in current_app.view_functions and None not in known.values():
                return url_for(page, **known)
        return f"{request.script_root}/"
    except (HTTPException, RequestRedirect):
        return path  # an address that is none says so itself
    return path


def _is_of_one_look(name: str) -> bool:
    return name in PAGING or name in (FIND, SUMS) or name.endswith(f"_{FIND}")


def link_back() -> str:
    """Return our own page that this request came from; else the list it belongs to, or the start page."""
    parts = urlsplit(request.referrer or "")
    path = parts.path.removeprefix(request.script_root)
    try:
        endpoint, _values = current_app.url_map.bind("").match(path, method="GET")
    except (HTTPException, RequestRedirect):
        endpoint = ""
    if endpoint and parts.netloc == request.host and not (request.endpoint or "").endswith(".delete"):
        return parts.path + (f"?{parts.query}" if parts.query else "")
    listing = f"{(request.endpoint or '').split('.')[0]}.list"
    return url_for(listing) if listing in current_app.view_functions else f"{request.script_root}/"


def link_only(**args: str) -> str:
    """Return the present path with these arguments alone."""
    return f"{_find_path()}?{urlencode(args)}"

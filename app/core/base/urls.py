"""Addresses of pages: of a page by its endpoint, and of the present list with other arguments."""

from __future__ import annotations

from functools import cache
from urllib.parse import urlencode, urlsplit

from flask import current_app, request, url_for
from werkzeug.exceptions import HTTPException
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
    return f"{request.path}?{text}" if text else request.path


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
    return f"{request.path}?{urlencode(args)}"

"""Read the forms of a page as a browser would send them."""

from __future__ import annotations

import html
import re


def read_refusals(page: str) -> str:
    """Return the sentences by which a page refuses a form; short, for a failing test."""
    found = re.findall(r"<(?:p|li)\b[^>]*>(?:(?!</(?:p|li)>).)*</(?:p|li)>", page.split('class="note note-danger', 1)[-1], re.DOTALL)
    return " · ".join(html.unescape(re.sub(r"<[^>]+>|\s+", " ", part)).strip() for part in found)[:500]


def read_form(page: str) -> dict[str, str]:
    """Return what the form of a page would send if nothing were typed."""
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and (not re.search('type="(?:checkbox|radio)"', tag) or re.search(r"\bchecked\b", tag)):
            found[name.group(1)] = html.unescape(value.group(1)) if value else ""
    for name, inner in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option[^>]*selected[^>]*value="([^"]*)"|<option[^>]*value="([^"]*)"[^>]*selected', inner)
        found[name] = (chosen.group(1) or chosen.group(2) or "") if chosen else ""
    for name, inner in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', page, re.DOTALL):
        found[name] = html.unescape(inner).lstrip("\r\n")
    return found

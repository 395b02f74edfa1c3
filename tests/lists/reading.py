"""Reads lists and exports as a person does: the cells of a page, of a CSV file, of an XLSX sheet."""

from __future__ import annotations

import csv
import html
import io
import re
import zipfile
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@dataclass(frozen=True)
class Table:
    """Column heads and rows of cells."""

    heads: list[str]
    rows: list[list[str]]

    def column(self, head: str) -> list[str]:
        """Return one column's cells."""
        place = self.heads.index(head)
        return [row[place] for row in self.rows]


def _strip(markup: str) -> str:
    """Return a cell's words, its second line left out."""
    markup = re.sub(r"<small>.*?</small>", "", markup)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", markup)).split())


def read_list(page: str) -> Table:
    """Return the table of a list page; the menu and tick box columns left out."""
    head = re.search(r"<thead>(.*?)</thead>", page, re.DOTALL)
    if head is None:
        return Table([], [])
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    rows = []
    for part in body.split("<tr>")[1:]:
        cells = re.findall(r"<(?:th|td)([^>]*)>(.*?)(?=<th|<td|$)", part.strip(), re.DOTALL)
        rows.append([_strip(text) for _attributes, text in cells if "name=rowid" not in text])
    return Table([_strip(text) for text in re.findall(r"<th [^>]*>(.*?)</th>", head.group(1), re.DOTALL)], rows)


def read_csv(answer: Any) -> Table:
    """Return the table of a CSV export."""
    assert answer.status_code == 200, answer.text[:500]
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    return Table(rows[0], rows[1:])


@dataclass(frozen=True)
class Sheet:
    """The cells of an XLSX file by address: (type, text), and every file of the archive."""

    cells: dict[str, tuple[str, str]]
    parts: dict[str, str]

    def column(self, letter: str) -> list[str]:
        """Return the texts of a column below its head."""
        found = {int(key[len(letter) :]): text for key, (_kind, text) in self.cells.items() if re.fullmatch(rf"{letter}\d+", key)}
        return [text for line, text in sorted(found.items()) if line > 1]


def read_xlsx(answer: Any) -> Sheet:
    """Return the one sheet of an XLSX export, read from its XML."""
    assert answer.status_code == 200, answer.text[:500]
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    shared = [] if "xl/sharedStrings.xml" not in parts else _read_texts(parts["xl/sharedStrings.xml"])
    cells = {}
    for cell in ElementTree.fromstring(parts["xl/worksheets/sheet1.xml"]).iter(f"{SHEET}c"):
        kind, value = cell.get("t", "n"), cell.find(f"{SHEET}v")
        text = (
            "".join(part.text or "" for part in cell.iter(f"{SHEET}t"))
            if kind == "inlineStr"
            else (value.text or "" if value is not None else "")
        )
        cells[cell.get("r", "")] = (kind, shared[int(text)] if kind == "s" else text)
    return Sheet(cells, parts)


def _read_texts(xml: str) -> list[str]:
    return ["".join(part.text or "" for part in item.iter(f"{SHEET}t")) for item in ElementTree.fromstring(xml).iter(f"{SHEET}si")]

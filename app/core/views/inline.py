"""Forms that stand in the page: a few fields of a record, or of what hangs on it, are edited where they are shown.

A link opens one (`?edit=contact:12`, a plain page; inline-edit.js fetches it and puts the part in place). What it sends passes the same
gate as the big form and is refused in the same sentences, and what someone else saved meanwhile is shown first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import abort, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import HiddenField

from ...extensions import db
from ..access.mixins import Owned
from ..base import clock
from ..base.entities import Item
from ..base.errors import SAVED_MEANWHILE
from ..base.formatting import show
from ..base.i18n import Words
from ..base.input_guard import parse_id
from ..base.workspace import InlineForm, Record
from ..forms.fields import KeptHidden, describe, values_of
from ..forms.made import make_field
from ..writes import commit
from ..writes.row_data import write
from .dialogs import DialogPages, is_stale

NEW = "new"


@dataclass(frozen=True, kw_only=True)
class Inline:
    """Which fields are edited in place: of the record itself, or of a `part` that hangs on it by the column `link`.

    `labels`: what they are called; `extras`: by field, what `make_field` is told besides; `given`: what is set on the row beside
    them; `is_blank`: whether the form of this row opens empty.
    """

    title: Words
    fields: Sequence[str]
    labels: Mapping[str, Words] = field(default_factory=dict)
    extras: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    part: type[Any] | None = None
    link: str = ""
    new_title: Words = ""
    given: Callable[[Any], Mapping[str, object]] = lambda row: {}
    is_blank: Callable[[Any], bool] = lambda row: False

    def make_form(self, model: type[Any]) -> type[FlaskForm]:
        """Return the class of the form, of the model's definitions."""
        made = {name: make_field(model, name, self.labels.get(name, name), **self.extras.get(name, {})) for name in self.fields}
        return type("InlineForm", (FlaskForm,), {**made, "part": KeptHidden(""), "row_version": KeptHidden("")})


class InlinePages(DialogPages[Item]):
    """Mixed into a view: the fields of its records that are edited in place."""

    inline_forms: Mapping[str, Inline] = {}

    def make_record(self, item: Item, open_tab: str | None = None) -> Record:
        """Return the record page, with the form open that the address names."""
        record = super().make_record(item, open_tab)
        name, _colon, key = request.args.get("edit", "").partition(":")
        inline = self.inline_forms.get(name)
        if inline is not None and request.method == "GET" and self.may_do("can_edit", item):
            row = self._find_row(item, inline, key)
            if row is not None or key == NEW:
                form = inline.make_form(inline.part or self.model)(formdata=None, obj=row if not inline.is_blank(row) else None)
                form.part.data, form.row_version.data = key, str(getattr(row, "row_version", ""))
                record.inline = self._draw(item, name, key, form)
        return record

    def _draw(self, item: Item, name: str, key: str, form: FlaskForm, conflict: Sequence[tuple[str, str, str]] = ()) -> InlineForm:
        inline = self.inline_forms[name]
        title = inline.new_title if key == NEW else inline.title
        may_remove = inline.part is not None and key != NEW
        url, called = self.url("inline", item, name=name), str(form["name"].data or "") if "name" in form else ""
        return InlineForm(f"{name}:{key}" if key else name, title, url, form, self.url("show", item), called, may_remove, conflict)

    def _find_row(self, item: Item, inline: Inline, key: str) -> Any:
        """Return the row that is edited: the record itself, or one of its parts; None for a new part, or one that is not there."""
        if inline.part is None:
            return item
        part_id = parse_id(key)
        if part_id is None:
            return None
        return db.session.scalar(select(inline.part).where(inline.part.id == part_id, getattr(inline.part, inline.link) == item.id))

    @expose("/inline/<name>/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def inline(self, name: str, pk: str) -> ResponseReturnValue:
        """Save what a form in the page holds; refused, it stays open with what was typed."""
        item = self.find_or_404(pk)
        inline = self.inline_forms.get(name)
        if inline is None:
            abort(404)
        if not self.may_do("can_edit", item):
            abort(403)
        key = request.form.get("part", "")
        row = self._find_row(item, inline, key)
        if row is None and key != NEW:
            abort(404)
        form = inline.make_form(inline.part or self.model)(obj=row)
        if row is not None and is_stale(row):
            return self._show_inline(pk, name, key, form, 409)
        is_removed = bool(request.form.get("remove")) and isinstance(row, Owned) and inline.part is not None
        if not is_removed and not form.validate():
            return self._show_inline(pk, name, key, form, 422)
        row = self._write(item, inline, row, form, is_removed=is_removed)
        refusal = commit.find_refusal("form")
        if refusal is not None:
            if left := commit.attach(refusal, form):
                form.form_errors = left
            return self._show_inline(pk, name, key, form, refusal.status if refusal.status == 409 else 422)
        flash(commit.say_saved(self.name_of(self.find_or_404(pk))), "success")
        return redirect(self.url("show", int(pk), _anchor=name if key in ("", NEW) else f"{name}-{key}"))

    @staticmethod
    def _write(item: Item, inline: Inline, row: Any, form: FlaskForm, *, is_removed: bool) -> Any:
        if row is None and inline.part is not None:
            row = inline.part(**{inline.link: item.id})
            db.session.add(row)
        if is_removed:
            row.deleted_at = clock.now()
        else:
            write(row, {**values_of(form, row), **inline.given(row)})
        return row

    def _show_inline(self, pk: str, name: str, key: str, form: FlaskForm, status: int) -> ResponseReturnValue:
        """Show the record with the form open; where someone else saved meanwhile, what differs stands above its fields."""
        item = self.find_or_404(pk)
        row = self._find_row(item, self.inline_forms[name], key)
        conflict: list[tuple[str, str, str]] = []
        if status == 409 and row is not None:
            conflict = _compare(form, row)
            form.row_version.data = str(row.row_version)
            if not conflict:
                flash(str(SAVED_MEANWHILE), "danger")
        record = self.make_record(item, "")
        record.inline = self._draw(item, name, key, form, conflict)
        return self.show_record(item, record, status=status)


def _compare(form: FlaskForm, row: Any) -> list[tuple[str, str, str]]:
    """Return (label, theirs, yours) of the fields that differ from what is saved now."""
    fields = [one for one in form if not isinstance(one, HiddenField)]
    found = [(one.label.text, str(show(getattr(row, one.short_name))), str(describe(one))) for one in fields]
    return [line for line in found if line[1] != line[2]]

"""Add and edit pages: generated forms that keep what was typed, refuse silent overwrites and double submits."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import Boolean, String, Text
from wtforms import BooleanField, HiddenField, StringField, TextAreaField

from ...extensions import db
from ..access.viewer import from_source
from ..base.errors import RuleViolation, StaleRow
from ..base.formatting import show
from ..base.input_guard import parse_id
from ..base.lifecycle import Move
from ..writes import commit, resending
from ..writes.limits import limit_of
from ..writes.resending import AlreadySent
from .fields import Fits, RemoteSelectField, RowForm, choose_offered, describe

MAX_PREFILL = 200


class KeptHidden(HiddenField):
    """A hidden field of the form's own, never written to the row."""

    def row_values(self, _row: Any, _name: str) -> dict[str, Any]:
        """Return nothing: the row is left alone."""
        return {}


class MoveForm(FlaskForm):
    """The dialog of a move: its name, and a reason where the move needs one."""

    move = HiddenField()


class ReasonedMoveForm(MoveForm):
    """The dialog of a move that needs a reason."""

    status_reason = StringField(_l("Reason"), [Fits(500)])


class FormPages:
    """Mixed into a view: the add and edit pages."""

    datamodel: Any
    add_form: Any
    edit_form: Any
    add_columns: Sequence[str]
    edit_columns: Sequence[str]
    add_fieldsets: Any
    prefill_texts: Sequence[str] = ()
    edit_fieldsets: Any
    add_form_extra_fields: Mapping[str, Any]
    edit_form_extra_fields: Mapping[str, Any]
    label_columns: Mapping[str, Any]
    form_extra_fields: Mapping[str, Any] = {}

    def _init_properties(self) -> None:
        plain = self._make_optional_texts()
        self.add_form_extra_fields = {**plain, **self.form_extra_fields, **(self.add_form_extra_fields or {}), "form_token": KeptHidden()}
        self.edit_form_extra_fields = {
            **plain,
            **self.form_extra_fields,
            **(self.edit_form_extra_fields or {}),
            "row_version": KeptHidden(),
        }
        super()._init_properties()  # type: ignore[misc]
        self.add_columns = [*self.add_columns, "form_token"]
        self.edit_columns = [*self.edit_columns, "row_version"]

    def _init_forms(self) -> None:
        super()._init_forms()  # type: ignore[misc]
        for name in ("add_form", "edit_form"):
            setattr(self, name, type("DeskForm", (RowForm, getattr(self, name)), {}))

    def _make_optional_texts(self) -> dict[str, Any]:
        """Return fields for tick boxes and for text columns that default to '': FAB would demand a value for each."""
        fields: dict[str, Any] = {}
        for name, column in self.datamodel.list_columns.items():
            if isinstance(column.type, Boolean):
                is_ticked = bool(column.default.arg) if column.default is not None else False
                fields[name] = BooleanField(self.label_columns.get(name, name), default=is_ticked)
            if isinstance(column.type, String) and column.default is not None and column.default.arg == "":
                limits = [Fits(limit_of(column))]
                kind = TextAreaField if isinstance(column.type, Text) else StringField
                fields[name] = kind(self.label_columns.get(name, name), limits, default="")
        return fields

    @expose("/add", methods=["GET", "POST"])
    @has_access
    def add(self) -> ResponseReturnValue:
        """Show the empty form, or save a new record."""
        form = self.add_form.refresh()
        if request.method == "GET":
            form.form_token.data = resending.new_token()
            self.prefill(form, request.args)
            return self._form_page(form, self.add_template, self.add_title, self._fieldsets("add"))  # type: ignore[attr-defined]
        errors: list[str] = []
        if form.validate():
            errors, made = self._save_new(form)
            if made is not None:
                return redirect(self.after_save(made))
        return self._form_page(form, self.add_template, self.add_title, self._fieldsets("add"), errors)  # type: ignore[attr-defined]

    def _save_new(self, form: Any) -> tuple[list[str], int | None]:
        """Save a new row, once per form: return the sentences that refuse it, or its id.

        That the same form was sent before is found by its key, not asked beforehand.
        """
        item = self.datamodel.obj()
        try:
            with from_source("form"), commit.refusals():
                form.populate_obj(item)
                db.session.add(item)
                db.session.flush()
                resending.note_submission(db.session(), self._model_name(), item.id)
                made, called = item.id, self.name_of(item)  # a commit expires the row: asking it afterwards reads it again
                db.session.commit()
        except AlreadySent:
            return self._find_made()
        except RuleViolation as refusal:
            return commit.attach(refusal, form), None
        flash(commit.say_saved(called), "success")
        return [], made

    def _find_made(self) -> tuple[list[str], int | None]:
        """Return what the same form made before; if that is gone by now, a sentence, so that what was typed is not lost."""
        made = resending.find_made()
        if made is not None and self.datamodel.get(made) is not None:
            return [], made
        return [_("This was sent before, and what it made is no longer here. Open a new form to enter it again.")], None

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @has_access
    def edit(self, pk: str) -> ResponseReturnValue:
        """Show a record's form, or save it; what someone else saved meanwhile is shown first."""
        item = self.find_or_404(pk)  # type: ignore[attr-defined]
        if not self.may_do("can_edit", item):  # type: ignore[attr-defined]
            abort(403)
        title = f"{self.edit_title} · {self.name_of(item)}"  # type: ignore[attr-defined]
        fieldsets = self._fieldsets("edit")
        form = self.edit_form.refresh(obj=item)
        if request.method == "GET":
            form.row_version.data = self._version_of(item)
            return self._form_page(form, self.edit_template, title, fieldsets, item=item.id)  # type: ignore[attr-defined]
        errors, conflict = [], None
        form._id = item.id  # FAB's Unique validator
        if form.validate():
            try:
                conflict = self._save_changes(form, item)
                if not conflict:  # saved, or what someone else saved meanwhile is the same
                    flash(commit.say_saved(self.name_of(item)), "success")
                    return redirect(self.after_save(int(pk)))
            except AlreadySent:
                db.session.rollback()
                return redirect(self.after_save(int(pk)))
            except StaleRow:
                item = self.find_or_404(pk)  # type: ignore[attr-defined]
                conflict = self._compare(form, item)
            except RuleViolation as refusal:
                errors = commit.attach(refusal, form)
        if conflict is not None:
            form.row_version.data = self._version_of(item)
        return self._form_page(form, self.edit_template, title, fieldsets, errors, item=int(pk), conflict=conflict)  # type: ignore[attr-defined]

    def _save_changes(self, form: Any, item: Any) -> Any:
        """Save what the form says; return what someone else saved meanwhile, if so, and save nothing.

        Raises AlreadySent when it was this form that saved, RuleViolation and its kinds.
        """
        conflict = self._find_conflict(form, item)
        if conflict is None:
            with from_source("form"):
                form.populate_obj(item)
                commit.commit()
        elif resending.is_resent():
            raise AlreadySent
        return conflict

    def after_save(self, pk: int) -> str:
        """Return where one goes after saving: the record."""
        return str(self.url("show", pk))  # type: ignore[attr-defined]

    def name_of(self, item: Any) -> str:
        """Return what titles, questions and messages call a record."""
        return str(item)

    def prefill(self, form: Any, args: Mapping[str, str]) -> None:
        """Fill relations of the empty form from the address (`?customer=7`), as far as the lookup offers them.

        Texts (`?name=…`) only into the fields that the view names in `prefill_texts`.
        """
        for name in self.prefill_texts:
            if name in form and args.get(name, "").strip():
                form[name].data = args[name].strip()[:MAX_PREFILL]
        for field in form:
            row_id = parse_id(args.get(field.short_name)) if isinstance(field, RemoteSelectField) else None
            if row_id is not None:
                choose_offered(field, row_id, parse_id(args.get(field.depends or "")))

    def _model_name(self) -> str:
        return str(self.datamodel.obj.__name__)

    def _fieldsets(self, kind: str) -> list[tuple[Any, Sequence[str]]]:
        given = getattr(self, f"{kind}_fieldsets")
        if given:
            return [(title, part["fields"]) for title, part in given]
        columns = [name for name in getattr(self, f"{kind}_columns") if name not in ("form_token", "row_version")]
        return [(None, columns)]

    def _form_page(
        self, form: Any, template: str, title: Any, fieldsets: Any, errors: Sequence[str] = (), *,
        item: int | None = None, conflict: Any = None, **more: Any,
    ) -> ResponseReturnValue:  # fmt: skip
        has_errors = bool(errors or form.errors)
        page = self.render_template(  # type: ignore[attr-defined]
            template,
            title=title,
            form=form,
            fieldsets=fieldsets,
            cancel_url=self.url("show", item) if item else self.url("list"),  # type: ignore[attr-defined]
            submit_label=_("Save"),
            error_summary=list(errors),
            conflict=conflict,
            **{"form_action": request.path, **more},
        )
        return page, 409 if conflict else 422 if has_errors else 200

    def _find_conflict(self, form: Any, item: Any) -> Any:
        if form.row_version.data in (None, "", self._version_of(item)):
            return None
        return self._compare(form, item)

    def _version_of(self, item: Any) -> str:
        """Return by what a change of the row is noticed: its version, or a digest of what the form edits where a table has none."""
        version = getattr(item, "row_version", None)
        if version is not None:
            return str(version)
        values = [getattr(item, name, None) for name in self.edit_columns if name != "row_version"]
        parts = [sorted(row.id for row in value) if isinstance(value, list) else str(getattr(value, "id", value)) for value in values]
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    def _compare(self, form: Any, item: Any) -> list[tuple[Any, Any, Any]]:
        """Return (label, theirs, yours) of the fields that differ from what is saved now."""
        rows = []
        for field in form:
            if field.short_name not in self.edit_columns or isinstance(field, HiddenField):
                continue
            present = getattr(item, field.short_name, "")
            if hasattr(field, "compare"):
                theirs, yours = field.compare(present)
            else:
                theirs, yours = str(show(present)), str(describe(field))
            if theirs != yours:
                rows.append((field.label.text, theirs, yours))
        return rows

    def show_again(self, pk: str, url: str, refusal: RuleViolation) -> ResponseReturnValue:
        """Show the record with the refused dialog open: what was typed stays in it, and the sentence stands at its field."""
        item = self.find_or_404(pk)  # type: ignore[attr-defined]
        record = self.make_record(item)  # type: ignore[attr-defined]
        for button in record.actions:
            if button.method != "dialog" or button.url != url or refusal.field not in button.fields:
                continue
            form = type(button.fields)(request.form)
            if "move" not in form or form["move"].data == button.fields["move"].data:
                form[refusal.field].errors = [str(refusal)]
                button.fields = form
                title = self.name_of(item)  # type: ignore[attr-defined]
                return self.render_template(self.show_template, title=title, record=record, item=item), 422  # type: ignore[attr-defined]
        flash(str(refusal), "danger")
        return redirect(self.url("show", int(pk)))  # type: ignore[attr-defined]

    def move_form(self, move: Move, item: Any) -> Any:
        """Return the bound form of a move's dialog."""
        form = (ReasonedMoveForm if self.move_fields(move) else MoveForm)(formdata=None)  # type: ignore[attr-defined]
        form.move.data = move.name
        return form

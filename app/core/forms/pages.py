"""Add and edit pages: generated forms that keep what was typed, refuse silent overwrites and double submits."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import abort, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_appbuilder.forms import DynamicForm
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from wtforms import HiddenField
from wtforms.fields.core import UnboundField

from ...extensions import db
from ..access.mixins import Owned
from ..access.screens import ScreenBase
from ..access.viewer import from_source
from ..base.entities import Item
from ..base.errors import RuleViolation, StaleRow
from ..base.formatting import show
from ..base.i18n import Words
from ..base.input_guard import parse_id
from ..base.page_data import Sections
from ..writes import commit, resending
from ..writes.resending import AlreadySent
from .fields import KeptHidden, RemoteSelectField, RowForm, choose_offered, describe
from .made import make_fields
from .undo import Undo, offer

MAX_PREFILL = 200
Fieldsets = Sequence[tuple[Words | None, Mapping[str, Any]]]  # as FAB takes them: title, {"fields": columns, "expanded": shown at once}
Differences = list[tuple[str, str, str]]  # label, what is saved now, what was typed


def set_parents(form: DynamicForm, item: object) -> None:
    """Tell pickers what they depend on where the form has no field for it: the row's own."""
    for field in form:
        if isinstance(field, RemoteSelectField) and field.depends and field.depends not in form:
            field.parent = getattr(item, f"{field.depends}_id")


class FormPart(NamedTuple):
    """Some fields of a form under a title; folded (FAB's `"expanded": False`), they are shown when one of them says something."""

    title: Words | None
    names: Sequence[str]
    is_folded: bool = False

    def is_open(self, form: DynamicForm) -> bool:
        """Tell whether a folded part opens by itself: something in it is wrong, typed or stored, and not merely a default."""
        fields = [form[name] for name in self.names if name in form]
        is_edited = "row_version" in form
        return any(field.errors or (field.data and (is_edited or field.data != field.object_data)) for field in fields)


FormParts = Sequence[FormPart] | Sections


class FormPages(ScreenBase[Item]):
    """Mixed into a view: the add and edit pages.

    The fields are made from the model's definitions; `form_options` says by name of the field what those do not (see `made.make_field`),
    `form_extra_fields` gives those that are none of the model's.
    """

    add_form: type[DynamicForm]
    edit_form: type[DynamicForm]
    add_title: Words
    edit_title: Words
    add_template: str
    edit_template: str
    add_fieldsets: Fieldsets
    prefill_texts: Sequence[str] = ()
    edit_fieldsets: Fieldsets
    add_form_extra_fields: Mapping[str, UnboundField]
    form_options: Mapping[str, Mapping[str, object]] = {}

    def add_fields(self) -> None:
        """Give FAB the forms' fields, made from the definitions; before it reads the view's declarations."""
        plain = make_fields(self.model, self.label_columns, self.form_options)
        self.add_form_extra_fields = {**plain, **self.form_extra_fields, **(self.add_form_extra_fields or {}), "form_token": KeptHidden("")}
        self.edit_form_extra_fields = {
            **plain,
            **self.form_extra_fields,
            **(self.edit_form_extra_fields or {}),
            "row_version": KeptHidden(""),
        }

    def name_fields(self) -> None:
        """Let the forms hold their own hidden fields too; once FAB has read which columns they edit."""
        self.add_columns = [*self.add_columns, "form_token"]
        self.edit_columns = [*self.edit_columns, "row_version"]

    def bind_forms(self) -> None:
        """Let the forms that FAB made write rows our way."""
        for name in ("add_form", "edit_form"):
            setattr(self, name, type("DeskForm", (RowForm, getattr(self, name)), {}))

    @expose("/add", methods=["GET", "POST"])
    @has_access
    def add(self) -> ResponseReturnValue:
        """Show the empty form, or save a new record."""
        form = self.add_form.refresh()
        if request.method == "GET":
            form.form_token.data = resending.new_token()
            self.prefill(form, request.args)
            return self._form_page(form, self.add_template, self.add_title, self._fieldsets("add"))
        errors: list[str] = []
        if form.validate():
            errors, made = self._save_new(form)
            if made is not None:
                return redirect(self.url("add") if request.form.get("then") == "new" else self.after_save(made))
        return self._form_page(form, self.add_template, self.add_title, self._fieldsets("add"), errors)

    def _save_new(self, form: DynamicForm) -> tuple[list[str], int | None]:
        """Save a new row, once per form: return the sentences that refuse it, or its id.

        That the same form was sent before is found by its key, not asked beforehand.
        """
        item = self.model()
        try:
            with from_source("form"), commit.refusals():
                form.populate_obj(item)
                db.session.add(item)
                db.session.flush()
                resending.note_submission(db.session(), self._model_name(), item.id)
                made, called = item.id, self.name_of(item)  # a commit expires the row: asking it afterwards reads it again
                undo = self.find_undo(item)
                db.session.commit()
        except AlreadySent:
            return self._find_made()
        except RuleViolation as refusal:
            return commit.attach(refusal, form), None
        flash(commit.say_saved(called), "success")
        offer(undo)
        return [], made

    def find_undo(self, item: Item) -> Undo | None:
        """Return how a record that was just added is taken back: into the bin, where the viewer may; None else."""
        is_kept = isinstance(item, Owned) and "delete" not in self.exclude_route_methods
        return Undo(self.url("delete", item)) if is_kept and self.may_do("can_delete", item) else None

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
        item = self.find_or_404(pk)
        if not self.may_do("can_edit", item):
            abort(403)
        title = f"{self.edit_title} · {self.name_of(item)}"
        fieldsets = self._fieldsets("edit")
        form = self.edit_form.refresh(obj=item)
        set_parents(form, item)
        if request.method == "GET":
            form.row_version.data = self._version_of(item)
            return self._form_page(form, self.edit_template, title, fieldsets, item=item.id)
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
                item = self.find_or_404(pk)
                conflict = self._compare(form, item)
            except RuleViolation as refusal:
                errors = commit.attach(refusal, form)
        if conflict is not None:
            form.row_version.data = self._version_of(item)
        return self._form_page(form, self.edit_template, title, fieldsets, errors, item=int(pk), conflict=conflict)

    def _save_changes(self, form: DynamicForm, item: Item) -> Differences | None:
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
        return self.url("show", pk)

    def prefill(self, form: DynamicForm, args: Mapping[str, str]) -> None:
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
        return self.model.__name__

    def _fieldsets(self, kind: str) -> Sequence[FormPart]:
        given = getattr(self, f"{kind}_fieldsets")
        if given:
            return [FormPart(title, part["fields"], not part.get("expanded", True)) for title, part in given]
        columns = [name for name in getattr(self, f"{kind}_columns") if name not in ("form_token", "row_version")]
        return [FormPart(None, columns)]

    def _form_page(
        self, form: DynamicForm, template: str, title: Words, fieldsets: FormParts, errors: Sequence[str] = (), *,
        item: int | None = None, conflict: Differences | None = None, **more: object,
    ) -> ResponseReturnValue:  # fmt: skip
        has_errors = bool(errors or form.errors)
        page = self.render_template(
            template,
            title=title,
            form=form,
            fieldsets=fieldsets,
            cancel_url=self.url("show", item) if item else self.url("list"),
            submit_label=_("Save"),
            may_add_more=item is None,
            error_summary=list(errors),
            conflict=conflict,
            **{"form_action": request.path, **more},
        )
        return page, 409 if conflict else 422 if has_errors else 200

    def _find_conflict(self, form: DynamicForm, item: Item) -> Differences | None:
        if form.row_version.data in (None, "", self._version_of(item)):
            return None
        return self._compare(form, item)

    def _version_of(self, item: Item) -> str:
        """Return by what a change of the row is noticed: its version, or a digest of what the form edits where a table has none."""
        version = getattr(item, "row_version", None)
        if version is not None:
            return str(version)
        values = [getattr(item, name, None) for name in self.edit_columns if name != "row_version"]
        parts = [sorted(row.id for row in value) if isinstance(value, list) else str(getattr(value, "id", value)) for value in values]
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    def _compare(self, form: DynamicForm, item: Item) -> Differences:
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

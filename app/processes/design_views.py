"""Screens of the designer: processes, the page of a version, its trial run, export and import."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from ..core.access.directory import PersonCell
from ..core.base.i18n import Words
from ..core.base.input_guard import parse_id
from ..core.base.page_data import Button, Buttons
from ..core.forms.fields import values_of
from ..core.views.base import DeskInterface, DeskView
from ..core.writes import commit
from . import designing, importing, rules, versions
from .design_forms import read_copies, read_routes
from .design_page import make_page, open_field_form, open_step_form, open_version_form, say_whole
from .designing import find_part, find_version, try_to
from .designs import STATE, Process, ProcessField, ProcessStep, ProcessVersion
from .differences import list_differences
from .drawing import draw
from .reading import read_design
from .trial import play

NOT_COLUMNS = ("routes", "copies", "columns", "otherwise", "roles", "binding", "row_version", "form_token", "csrf_token")


IMPORT_LINK = Markup('<a href="%s">%s</a>')


class ProcessesView(DeskView[Process]):
    """Processes, as IT designs them."""

    datamodel = DeskInterface(Process)
    route_base = "/processes/design"
    class_permission_name = "Processes"
    base_permissions = ["can_list", "can_show", "can_add", "can_edit", "can_publish"]
    exclude_route_methods = {"download", "delete", "move", "action", "action_post", "export", "compose", "inline"}
    list_title, add_title, edit_title, new_label = _l("Process design"), _l("New process"), _l("Edit process"), _l("New process")
    label_columns = {
        "name_zh": _l("Name in Chinese"), "name_en": _l("Name in English"), "label": _l("Name"), "code": _l("Code"),
        "owner": _l("Process owner"),
        "owner_id": _l("Process owner"), "is_active": _l("In use"), "position": _l("Position"), "version": _l("Version"),
    }  # fmt: skip
    list_columns = ["name_zh", "owner_id", "is_active"]
    show_columns = list_columns
    add_columns = ["name_zh", "name_en", "code", "owner"]
    edit_columns = ["name_zh", "name_en", "owner", "position", "is_active"]
    search_columns = order_columns = ["name_zh"]
    search_column = "name_zh"
    sort_columns = {"name_zh": "name_zh"}
    cells = {"name_zh": lambda row: row.label, "owner_id": PersonCell("owner_id")}
    form_options = {"code": {"description": _l("Small letters, digits and _. It stays.")}}
    empty_text = _l("A process is designed on one page, checked, tried and published.")

    def say_lead(self) -> Words | None:
        """Return the way to the import, for who may edit."""
        return IMPORT_LINK % (url_for("ProcessesView.load"), _("Import a process")) if self.may("can_edit") else None

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk: str) -> ResponseReturnValue:
        """Show the newest version of a process."""
        found = versions.list_versions(self.find_or_404(pk).id)
        return self._show_page(found[0]) if found else abort(404)

    @expose("/version/<pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def version(self, pk: str) -> ResponseReturnValue:
        """Show the designer's page of a version, with the form open that the address names."""
        version = find_version(parse_id(pk))
        form, form_for = self._open_form(version, request.args)
        return self._show_page(version, form, form_for)

    def _open_form(self, version: ProcessVersion, asked: Mapping[str, str], sent: Any = None) -> tuple[Any, str]:
        """Return the form that is asked for (`step`, `field`, `whole`), and its name; nothing for a reader."""
        if not self.may("can_edit") or version.state != rules.DRAFT:
            return None, ""
        design = read_design(version.id)
        if asked.get("step"):
            step = find_part(ProcessStep, version, parse_id(asked["step"]))
            return open_step_form(design, step, sent), f"step-{step.id}"
        if asked.get("field") == "new":
            return open_field_form(None, version, sent), "field-new"
        if asked.get("field"):
            row = find_part(ProcessField, version, parse_id(asked["field"]))
            return open_field_form(row, version, sent), f"field-{row.id}"
        if asked.get("whole"):
            return open_version_form(version, design, sent), "whole"
        return None, ""

    def _show_page(
        self, version: ProcessVersion, form: Any = None, form_for: str = "", errors: list[str] | None = None
    ) -> ResponseReturnValue:
        page = make_page(version, form=form, form_for=form_for, errors=errors or [])
        may_edit = self.may("can_edit") and page.is_draft
        title = f"{page.design.name} · {_('version %(n)s', n=version.number)}"
        return self.render_template(
            "processes/design.html",
            title=title,
            page=page,
            may_edit=may_edit,
            buttons=self._list_buttons(page),
            drawn=draw(page.design, page, may_edit=may_edit),
            state=STATE.codes()[version.state],
            whole=say_whole(page.design),
        ), 422 if errors or (form is not None and form.errors) else 200

    def _list_buttons(self, page: Any) -> Buttons:
        version, pk = page.version, page.version.id
        buttons: Buttons = [Button(_("Trial run"), url_for("ProcessesView.trial", pk=pk), icon="player-play")]
        if version.number > 1:
            buttons.append(Button(_("What is different"), url_for("ProcessesView.differences", pk=pk), icon="git-merge"))
        buttons += [
            Button(_("Export as a file"), url_for("ProcessesView.document", pk=pk), icon="download"),
            Button(_("Export as BPMN"), url_for("ProcessesView.bpmn", pk=pk), icon="download"),
        ]
        if self.may("can_edit") and not any(one.state == rules.DRAFT for one in page.versions):
            buttons.append(Button(_("Copy to a new draft"), url_for("ProcessesView.copy", pk=pk), "post", icon="copy", primary=True))
        if page.is_draft and self.may("can_publish"):
            question = _("Publish this version? It then stays as it is, and cases start by it.")
            buttons.append(
                Button(_("Publish"), url_for("ProcessesView.publish", pk=pk), "post", primary=True, confirm=question, icon="check")
            )
        if version.state == rules.PUBLISHED and self.may("can_publish"):
            question = _("Retire this version? No case starts by it any more; those that run go on.")
            buttons.append(
                Button(_("Retire"), url_for("ProcessesView.retire", pk=pk), "post", danger=True, confirm=question, icon="archive")
            )
        return buttons

    def _change(self, pk: str, work: Callable[[ProcessVersion], Any], said: str = "", **args: Any) -> ResponseReturnValue:
        """Do something to a version and go back to its page; a refusal is said there."""
        version = find_version(parse_id(pk))
        version_id = version.id
        refusal = try_to(lambda: work(version))
        if refusal is not None:
            flash(str(refusal), "danger")
        elif said:
            flash(said, "success")
        return redirect(url_for("ProcessesView.version", pk=version_id, **(args if refusal is None else {})))

    @expose("/version/<pk>/add-step", methods=["POST"])
    @has_access
    @permission_name("edit")
    def add_step(self, pk: str) -> ResponseReturnValue:
        """Add a step behind another, and open its form."""
        made: list[ProcessStep] = []
        answer = self._change(pk, lambda version: made.append(designing.add_step(version, parse_id(request.form.get("after", "")))))
        return redirect(url_for("ProcessesView.version", pk=parse_id(pk), step=made[0].id) + "#form") if made and made[0].id else answer

    @expose("/version/<pk>/save", methods=["POST"])
    @has_access
    @permission_name("edit")
    def save(self, pk: str) -> ResponseReturnValue:
        """Save the form that is open: of a step, a field, or the version as a whole."""
        version = find_version(parse_id(pk))
        form, form_for = self._open_form(version, request.args, request.form)
        if form is None:
            abort(404)
        if not form.validate():
            return self._show_page(version, form, form_for)
        refusal = try_to(lambda: self._keep(version, form, form_for))
        if refusal is not None:
            left = commit.attach(refusal, form)
            return self._show_page(find_version(parse_id(pk)), form, form_for, left)
        flash(_("Saved"), "success")
        return redirect(url_for("ProcessesView.version", pk=parse_id(pk)))

    @staticmethod
    def _keep(version: ProcessVersion, form: Any, form_for: str) -> None:
        kind, _dash, row_id = form_for.partition("-")
        values = {name: value for name, value in values_of(form, version).items() if name not in NOT_COLUMNS}
        if kind == "step":
            about = designing.About([*(form.roles.data or ())], read_routes(form), read_copies(form))
            designing.save_step(version, find_part(ProcessStep, version, parse_id(row_id)), values, about)
        elif kind == "field":
            columns = [
                {name: (entry.form[name].data or "").strip() for name in ("code", "name_zh", "name_en", "kind")}
                for entry in form.columns.entries
            ]
            row = None if row_id == "new" else find_part(ProcessField, version, parse_id(row_id))
            designing.save_field(version, row, values, [one for one in columns if one["name_zh"] or one["name_en"]])
        else:
            designing.save_version(version, {**values, "binding": ",".join(form.binding.data or ())}, read_copies(form))

    @expose("/version/<pk>/part", methods=["POST"])
    @has_access
    @permission_name("edit")
    def part(self, pk: str) -> ResponseReturnValue:
        """Move or remove a step or field, or turn a field's right at a step, as the button that was pressed says."""
        do, _dash, rest = request.form.get("do", "").partition("-")
        ids = [parse_id(text) for text in rest.split("-")]
        work = designing.find_work(do, ids)
        return self._change(pk, work) if work is not None else abort(404)

    @expose("/version/<pk>/copy", methods=["POST"])
    @has_access
    @permission_name("edit")
    def copy(self, pk: str) -> ResponseReturnValue:
        """Make the next draft."""
        made: list[ProcessVersion] = []
        answer = self._change(pk, lambda version: made.append(versions.copy(version)))
        return redirect(url_for("ProcessesView.version", pk=made[0].id)) if made else answer

    @expose("/version/<pk>/publish", methods=["POST"])
    @has_access
    @permission_name("publish")
    def publish(self, pk: str) -> ResponseReturnValue:
        """Publish a draft, or ask a second person to."""
        answer = self._change(pk, versions.publish)
        version = find_version(parse_id(pk))
        if version.published_at is not None:
            flash(_("Published. New cases start by this version."), "success")
        elif version.asked_by_id is not None:
            flash(_("Asked for. Somebody else with the right to publish must publish it now."), "info")
        return answer

    @expose("/version/<pk>/retire", methods=["POST"])
    @has_access
    @permission_name("publish")
    def retire(self, pk: str) -> ResponseReturnValue:
        """Let no further case start by a version."""
        return self._change(pk, versions.retire, _("Retired"))

    @expose("/version/<pk>/differences", methods=["GET"])
    @has_access
    @permission_name("show")
    def differences(self, pk: str) -> ResponseReturnValue:
        """Say in words what a version says otherwise than the one before."""
        version = find_version(parse_id(pk))
        lines = list_differences(version)
        return self.render_template("processes/differences.html", title=_("What is different"), version=version, lines=lines)

    @expose("/version/<pk>/trial", methods=["GET", "POST"])
    @has_access
    @permission_name("show")
    def trial(self, pk: str) -> ResponseReturnValue:
        """Walk a version with anybody's eyes, on made-up data; nothing is written."""
        version = find_version(parse_id(pk))
        page = play(read_design(version.id), request.form)
        return self.render_template("processes/trial.html", title=_("Trial run"), version=version, page=page)

    @expose("/version/<pk>/bpmn", methods=["GET"])
    @has_access
    @permission_name("show")
    def bpmn(self, pk: str) -> ResponseReturnValue:
        """Send a version as BPMN 2.0 with its diagram."""
        version = find_version(parse_id(pk))
        return _send(importing.to_bpmn(version), f"{version.process.code}-{version.number}.bpmn", "application/xml")

    @expose("/version/<pk>/document", methods=["GET"])
    @has_access
    @permission_name("show")
    def document(self, pk: str) -> ResponseReturnValue:
        """Send a version as one file, to be imported elsewhere."""
        version = find_version(parse_id(pk))
        text = json.dumps(importing.to_document(version), ensure_ascii=False, indent=1)
        return _send(text.encode(), f"{version.process.code}-{version.number}.json", "application/json")

    @expose("/import", methods=["GET", "POST"])
    @has_access
    @permission_name("edit")
    def load(self) -> ResponseReturnValue:
        """Take a file in as a draft, and say what this installation lacks."""
        if request.method == "GET":
            return self.render_template("processes/import.html", title=_("Import a process"), error=None)
        made = importing.take(request.files.get("file"))
        if made.refusal is not None:
            return self.render_template("processes/import.html", title=_("Import a process"), error=str(made.refusal)), 422
        if made.missing:
            flash(_("Imported. This installation does not have: %(names)s", names=", ".join(made.missing)), "warning")
        else:
            flash(_("Imported"), "success")
        return redirect(url_for("ProcessesView.version", pk=made.version_id))


def _send(content: bytes, name: str, kind: str) -> Response:
    return Response(content, content_type=f"{kind}; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'})

"""Screens of cases: the list, a case, starting one, and one's tasks."""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy.orm import load_only, selectinload

from ..core.access.directory import PersonCell
from ..core.access.viewer import current_viewer, from_source
from ..core.base.days import draw_told, tell_age
from ..core.base.errors import HiddenRow, RuleViolation
from ..core.base.formatting import badge
from ..core.base.i18n import Words
from ..core.base.input_guard import parse_id
from ..core.base.page_data import Button, Buttons, Notes, Pairs
from ..core.base.showing import show_safely
from ..core.forms import lookups
from ..core.lists.facets import DateRange, Facet, id_facet
from ..core.views.base import DeskInterface, DeskView
from ..core.writes.resending import AlreadySent
from ..customers.queries import customer_facet
from ..staff.queries import department_facet, department_options, people_facet
from . import acting, queries, rules, tasks, words
from .asking import DONE_WORDS, read_asked
from .bars import list_buttons
from .case_page import CasePage, make_case_page, make_start_page
from .labels import CASE_PERMISSIONS, LABELS
from .models import Case
from .page import list_notes, look_at, say_state
from .statistics import make_statistics
from .statistics import read_asked as read_statistics_asked

STATISTICS_LINK = Markup('<a href="%s">%s</a>')


class CasesView(DeskView[Case]):
    """Cases: started and moved by their process alone."""

    datamodel = DeskInterface(Case)
    route_base = "/cases"
    class_permission_name = "Cases"
    base_permissions = CASE_PERMISSIONS
    exclude_route_methods = {"download", "edit", "move", "action", "action_post", "attach", "comment", "compose", "inline"}
    list_title, add_title, edit_title, new_label = _l("Processes"), _l("Start a process"), _l("Case"), _l("Start a process")
    label_columns = LABELS
    show_template = "processes/case.html"
    list_columns = ["title", "process_id", "step", "state", "owner", "started_at"]
    optional_columns = ["number", "ended_at"]
    second_lines = {"title": ("number",)}
    phone_columns = ("process_id", "step", "state")
    show_columns = ["number"]
    add_columns = edit_columns = ["title"]
    search_columns = order_columns = ["number"]
    search_column = "search_text"
    sort_columns = {"number": "number", "started_at": "started_at"}
    record_icon = "route"
    empty_text = _l("A process begins with “Start a process”, or from a contract's page.")
    show_fieldsets = [(None, {"fields": ["number", "owner", "started_at", "ended_at"]})]
    code_words = {"state": lambda text: words.STATES[text][0] if text in words.STATES else None}
    cells = {
        "state": lambda row: badge(*words.STATES[row.state]),
        "process_id": lambda row: row.process.label,
        "step": queries.say_where,
        "owner": PersonCell("owner_id"),
        "started_at": lambda row: draw_told(tell_age(row.started_at or row.created_at)),
    }
    show_options = (selectinload(Case.process), selectinload(Case.contract), selectinload(Case.customer))
    eager = staticmethod(
        lambda: (
            load_only(Case.id, Case.number, Case.title, Case.state, Case.step, Case.version_id, Case.process_id, Case.owner_id,
                      Case.started_at, Case.ended_at, Case.created_at),
            selectinload(Case.process),
        )
    )  # fmt: skip

    def say_lead(self) -> Words | None:
        """Return the way to the figures, for who may read them."""
        if not current_viewer().may("can_list", "CaseStatistics"):
            return None
        return STATISTICS_LINK % (url_for("CaseStatisticsView.statistics"), _("Process statistics"))

    def facets(self) -> Sequence[Facet]:
        """Offer state and process, then whose it is."""
        states = [(code, label) for code, (label, _tone) in words.STATES.items()]
        return [
            Facet("state", _l("State"), lambda: states, queries.in_state),
            Facet("process", _l("Process"), queries.process_options, id_facet(Case.process_id)),
            people_facet("owner", _l("Started by"), Case.owner_id),
            customer_facet(Case.customer_id),
            Facet("version", _l("Version"), lambda: [], id_facet(Case.version_id), is_main=False),
            Facet("late", _l("Late at"), lambda: [], queries.was_late, is_main=False),
            Facet("returned", _l("Returned at"), lambda: [], queries.was_returned, is_main=False),
            department_facet(Case.department_id),
        ]

    def ranges(self) -> Sequence[DateRange]:
        """Offer when it was started and ended."""
        return [DateRange("started", _l("Started"), Case.started_at, is_main=True), DateRange("ended", _l("Ended"), Case.ended_at)]

    def heading_of(self, item: Case) -> str:
        return f"{item.process.label} · {item.title}" if item.title else item.process.label

    def badge_of(self, item: Case) -> Words:
        where = say_state(look_at(item))
        return badge(where, "blue") if where else badge(*words.STATES[item.state])

    def notes_of(self, item: Case) -> Notes:
        return list_notes(look_at(item))

    def facts_of(self, item: Case) -> Pairs:
        return []

    def buttons_of(self, item: Case) -> Buttons:
        buttons = super().buttons_of(item) if rules.is_deletable(state=item.state, was_sent=item.started_at is not None) else []
        again = Button(_("Start again"), self.url("again", item), icon="refresh")
        return [Button(_("Print"), self.url("sheet", item), icon="file-text"), *list_buttons(look_at(item), again), *buttons]

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk: str) -> ResponseReturnValue:
        """Show a case with what its viewer may do."""
        return self._show_case(pk)

    def _show_case(self, pk: str, page: CasePage | None = None, *, status: int = 200) -> ResponseReturnValue:
        item = self.find_or_404(pk)
        record = self.make_record(item)
        shown = page or show_safely(item, "the case", make_case_page, CasePage(str(item)))
        return self.render_template(self.show_template, title=self.name_of(item), record=record, item=item, page=shown), status

    @expose("/add", methods=["GET"])
    @has_access
    def add(self) -> ResponseReturnValue:
        """Choose what to start."""
        return self.render_template("processes/choose.html", title=_("Start a process"), processes=acting.list_choices())

    @expose("/start/<code>", methods=["GET", "POST"])
    @has_access
    @permission_name("add")
    def start(self, code: str) -> ResponseReturnValue:
        """Fill in the first step; send it, or keep it as a draft."""
        design = acting.find_by_code(code) or abort(404)
        if request.method == "GET":
            return self._show_start(make_start_page(design, args=request.args))
        try:
            with from_source("form"):
                row = acting.start(design, request.form)
        except AlreadySent:
            return redirect(self.url("list"))
        except RuleViolation as refusal:
            return self._show_start(make_start_page(design, sent=request.form, refusal=refusal), refusal.status)
        flash(_("%(name)s saved", name=row.name), "success")
        return redirect(self.url("show", row.id))

    @expose("/again/<pk>", methods=["GET"])
    @has_access
    @permission_name("add")
    def again(self, pk: str) -> ResponseReturnValue:
        """Begin a new case with what an ended one was filled in with."""
        look = look_at(self.find_or_404(pk))
        design = acting.find_by_code(look.row.process.code) or abort(404)
        return self._show_start(make_start_page(design, present=look.filled.values))

    def _show_start(self, page: CasePage, status: int = 200) -> ResponseReturnValue:
        return self.render_template("processes/start.html", title=page.title, page=page), status

    @expose("/act/<pk>", methods=["POST"])
    @expose("/act/<pk>/<do>", methods=["POST"])
    @has_access
    @permission_name("show")
    def act(self, pk: str, do: str = "") -> ResponseReturnValue:
        """Do something in a case: decide, return, pass on, say something."""
        item, asked = self.find_or_404(pk), read_asked(request.form, do)
        case_id = item.id
        try:
            with from_source("form"):
                acting.act(item, asked, request.form)
        except AlreadySent:
            return redirect(self.url("show", case_id))
        except RuleViolation as refusal:
            if isinstance(refusal, HiddenRow):
                abort(404)
            page = make_case_page(self.find_or_404(pk), asked=asked, sent=request.form, refusal=refusal)
            return self._show_case(pk, page, status=refusal.status)
        flash(str(DONE_WORDS[asked.do]), "success")
        after = url_for("TasksView.tasks") if request.form.get("then") == "tasks" else self.url("show", case_id)
        return redirect(after)

    @expose("/sheet/<pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def sheet(self, pk: str) -> ResponseReturnValue:
        """Show a case for print: form, opinions and dates on A4."""
        item = self.find_or_404(pk)
        return self.render_template("processes/sheet.html", title=self.name_of(item), item=item, page=make_case_page(item, is_sheet=True))


class TasksView(BaseView):
    """One's tasks."""

    route_base = "/tasks"
    default_view = "tasks"
    class_permission_name = "CaseTasks"
    base_permissions = ["can_list"]

    @expose("/", methods=["GET"])
    @has_access
    @permission_name("list")
    def tasks(self) -> ResponseReturnValue:
        """Show one of the tabs of one's inbox."""
        viewer, tab = current_viewer(), request.args.get("tab", tasks.MINE)
        if tab not in tasks.TABS:
            abort(404)
        text = request.args.get("q", "")[:100]
        inbox = tasks.read_inbox(viewer, tab, text, lookups.read_id("before"))
        return self.render_template(
            "processes/tasks.html", title=_("My tasks"), inbox=inbox, tab=tab, tabs=tasks.TABS, text=text, pool=tasks.count_pool(viewer),
            states=words.STATES, may_start=viewer.may("can_add", "Cases"),
        )  # fmt: skip

    @expose("/claim/<pk>/<number>", methods=["POST"])
    @has_access
    @permission_name("list")
    def claim(self, pk: str, number: str) -> ResponseReturnValue:
        """Take a task from a pool."""
        refusal = acting.claim(parse_id(pk) or 0, parse_id(number) or 0)
        if refusal is not None:
            flash(str(refusal), "danger")
            return redirect(url_for("TasksView.tasks", tab=tasks.POOL))
        return redirect(url_for("CasesView.show", pk=parse_id(pk)))

    @expose("/decide", methods=["POST"])
    @has_access
    @permission_name("list")
    def decide(self) -> ResponseReturnValue:
        """Approve several tasks at once, where their steps allow it."""
        done, refused = acting.decide(request.form.getlist("task")[: tasks.PAGE])
        if done:
            flash(_("%(n)s approved", n=done), "success")
        for sentence in refused:
            flash(sentence, "danger")
        return redirect(url_for("TasksView.tasks"))


class CaseStatisticsView(BaseView):
    """Figures of cases."""

    route_base = "/processes/statistics"
    default_view = "statistics"
    class_permission_name = "CaseStatistics"
    base_permissions = ["can_list"]

    @expose("/", methods=["GET"])
    @has_access
    @permission_name("list")
    def statistics(self) -> ResponseReturnValue:
        """Show the figures of the cases within the viewer's reach."""
        page = make_statistics(read_statistics_asked(request.args))
        return self.render_template("processes/statistics.html", title=_("Process statistics"), page=page, departments=department_options())

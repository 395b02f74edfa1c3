"""Screens of absences, of the week's working hours and of the days that differ from it."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ..core.access.directory import PersonCell, name_of_person
from ..core.access.viewer import current_viewer
from ..core.base.formatting import badge
from ..core.base.i18n import Words
from ..core.base.page_data import Button
from ..core.forms.fields import RemoteSelectField
from ..core.lists.facets import DateRange, Facet, code_facet
from ..core.views.base import CRUD, DeskInterface, DeskView
from . import rules
from .models import Absence, CalendarDay, WorkingHours
from .queries import people_facet, say_entered_until


class AbsencesView(DeskView[Absence]):
    """Absences: one's own, and those that one may enter for others."""

    datamodel = DeskInterface(Absence)
    route_base = "/absences"
    class_permission_name = "Absences"
    base_permissions = [*CRUD, "can_see_own", "can_see_department", "can_see_all"]
    list_title, add_title, edit_title, new_label = _l("Absences"), _l("New absence"), _l("Edit absence"), _l("New absence")
    label_columns = {
        "owner": _l("Who is absent"), "from_on": _l("First day"), "until_on": _l("Last day"), "deputy": _l("Deputy"), "note": _l("Note"),
    }  # fmt: skip
    list_columns = ["owner", "from_on", "until_on", "deputy", "note"]
    show_columns = ["owner", "from_on", "until_on", "deputy", "note"]
    add_columns = ["owner", "from_on", "until_on", "deputy", "note"]
    edit_columns = ["from_on", "until_on", "deputy", "note"]
    form_extra_fields = {
        "owner": RemoteSelectField(_l("Who is absent"), lookup="absent-people", description=_l("Left empty, it is you.")),
    }
    search_columns = order_columns = ["from_on"]
    sort_columns = {"from_on": "from_on", "until_on": "until_on"}
    base_order = ("from_on", "desc")
    cells = {"owner": PersonCell("owner_id"), "deputy": PersonCell("deputy_id")}
    empty_text = _l("Enter when you are away and who stands in, so that your work does not wait.")

    def heading_of(self, item: Absence) -> str:
        return name_of_person(item.owner_id)

    def facets(self) -> Sequence[Facet]:
        """Offer the person and the deputy."""
        return [
            people_facet("person", _l("Who is absent"), Absence.owner_id),
            people_facet("deputy", _l("Deputy"), Absence.deputy_id, is_main=False),
        ]

    def ranges(self) -> Sequence[DateRange]:
        """Offer the first day and the last."""
        return [DateRange("from", _l("First day"), Absence.from_on), DateRange("until", _l("Last day"), Absence.until_on)]


def link_hours() -> Button | None:
    """Return the way from the calendar to the hours of the week, for whoever may go it."""
    may = current_viewer().may("can_list", "WorkingHours")
    return Button(_("Working hours"), url_for("WorkingHoursView.list"), icon="clock") if may else None


def link_calendar() -> Button | None:
    """Return the way back."""
    may = current_viewer().may("can_list", "Calendar")
    return Button(_("Calendar"), url_for("CalendarView.list"), icon="calendar-event") if may else None


class WorkingHoursView(DeskView[WorkingHours]):
    """The hours of each day of the week."""

    datamodel = DeskInterface(WorkingHours)
    route_base = "/hours"
    class_permission_name = "WorkingHours"
    base_permissions = ["can_list", "can_show", "can_edit"]
    exclude_route_methods = {"download", "add", "delete"}
    list_template = "staff/calendar.html"
    extra_args = {"link_other": link_calendar}
    list_title, add_title, edit_title = _l("Working hours"), _l("Working hours"), _l("Edit working hours")
    lead = _l("Deadlines in working hours count these hours; the calendar says which days differ.")
    label_columns = {
        "weekday": _l("Weekday"), "starts_at": _l("From"), "ends_at": _l("Until"), "break_from": _l("Break from"),
        "break_until": _l("Break until"),
    }  # fmt: skip
    list_columns = show_columns = ["weekday", "starts_at", "ends_at", "break_from", "break_until"]
    add_columns = edit_columns = ["starts_at", "ends_at", "break_from", "break_until"]
    search_columns = order_columns = ["weekday"]
    base_order = ("id", "asc")
    form_options = {"ends_at": {"description": _l("00:00 is the end of the day.")}}
    cells = {"weekday": lambda row: str(rules.WEEKDAYS[row.weekday])}
    code_words = {"weekday": rules.WEEKDAYS.get}


class CalendarView(DeskView[CalendarDay]):
    """The days that differ from their weekday: holidays, and make-up days."""

    datamodel = DeskInterface(CalendarDay)
    route_base = "/calendar"
    class_permission_name = "Calendar"
    base_permissions = CRUD
    list_template = "staff/calendar.html"
    extra_args = {"link_other": link_hours}
    list_title, add_title, edit_title, new_label = _l("Calendar"), _l("New day"), _l("Edit day"), _l("New day")
    label_columns = {
        "day": _l("Day"), "works_as": _l("What counts"), "name_zh": _l("Chinese name"), "name_en": _l("English name"),
    }  # fmt: skip
    list_columns = ["day", "works_as", "name_zh", "name_en"]
    show_columns = add_columns = edit_columns = ["day", "works_as", "name_zh", "name_en"]
    search_columns = order_columns = ["day"]
    sort_columns = {"day": "day"}
    base_order = ("day", "desc")
    cells = {"works_as": lambda row: badge(rules.WORKS_AS[row.works_as], "amber" if row.works_as == rules.DAY_OFF else "blue")}
    code_words = {"works_as": rules.WORKS_AS.get}
    empty_text = _l("Enter holidays, and the weekend days that are worked instead.")

    def say_lead(self) -> Words:
        return say_entered_until()

    def facets(self) -> Sequence[Facet]:
        """Offer what counts."""
        return [Facet("kind", _l("What counts"), lambda: [*rules.WORKS_AS.items()], code_facet(CalendarDay.works_as, [*rules.WORKS_AS]))]

    def ranges(self) -> Sequence[DateRange]:
        """Offer the day."""
        return [DateRange("day", _l("Day"), CalendarDay.day)]

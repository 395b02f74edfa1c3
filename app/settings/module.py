"""What settings add to the desk: the screens of short lists, number series and the ledger of numbers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from ..core.web import modules as seed
from ..core.web.modules import Module, Screen
from ..core.writes.numbering import NumberSeries
from ..core.writes.option_sets import Choice
from . import guards
from .views import ChoicesView, LedgerView, SeriesView

MODULE = Module(
    name="settings",
    screens=[
        Screen(ChoicesView, _l("Lists"), "list", "admin", 60),
        Screen(SeriesView, _l("Number series"), "adjustments", "admin", 70),
        Screen(LedgerView, _l("Numbers"), "checklist", "admin", 80),
    ],
    guards=[(NumberSeries, guards.guard_series), (Choice, guards.guard_choice)],
    grants={
        "Management": {"Numbers": ("menu_access", "can_list")},
        "IT": {"Lists": seed.KEEP, "NumberSeries": seed.KEEP, "Numbers": ("menu_access", "can_list")},
    },
)

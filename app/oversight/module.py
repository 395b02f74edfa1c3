"""What oversight adds to the desk: the history of everything one may see, and the bin."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from ..core.web.modules import Module, Screen
from .bin import find_restoring
from .views import BinView, HistoryView

LIST = ("menu_access", "can_list")

MODULE = Module(
    name="oversight",
    screens=[
        Screen(HistoryView, _l("History"), "history", "work", 80),
        Screen(BinView, _l("Bin"), "archive", "work", 90),
    ],
    restorer=find_restoring,
    grants={
        "Salesperson": {"Bin": LIST},
        "Regional manager": {"History": LIST, "Bin": LIST},
        "Head of maintenance": {"History": LIST},
        "IT": {"History": LIST},
    },
)

"""What the start page adds to the desk."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from ..core.web.modules import EVERY_ROLE, Module, Screen
from .views import HomeView

MODULE = Module(
    name="home",
    screens=[Screen(HomeView, _l("Workbench"), "layout-dashboard", "", 0)],
    grants={EVERY_ROLE: {"Home": ("menu_access",)}},
)

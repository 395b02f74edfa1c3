"""The start page."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import IndexView, expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ..core.access.viewer import current_viewer
from ..core.forms.lookups import LookupView
from ..core.lists.saved_views import SavedViewsView
from ..core.notices.notices import NoticesView
from ..core.web.modules import Module, Screen
from . import queries


class HomeView(IndexView):
    """The start page; strangers are sent to sign in."""

    route_base = ""
    default_view = "index"
    index_template = "ui/home.html"
    class_permission_name = "Home"
    base_permissions: list[str] = []

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Show what waits for the person."""
        viewer = current_viewer()
        if viewer.profile is None:
            return redirect(url_for("SignInView.login"))
        title = _("Good day, %(name)s", name=viewer.profile.name)
        return self.render_template(self.index_template, title=title, tiles=queries.make_tiles(viewer), blocks=queries.make_blocks(viewer))


MODULE = Module(
    name="home",
    screens=[Screen(HomeView, _l("Workbench"), "layout-dashboard", "", 0), Screen(LookupView), Screen(NoticesView), Screen(SavedViewsView)],
    extra_permissions=[("can_use", "Lookups"), ("can_get", "OpenApi"), ("can_show", "SwaggerView")],
    names={
        "Lookups": _l("Search inside forms"),
        "OpenApi": _l("Interface description (data)"),
        "SwaggerView": _l("Interface description (page)"),
    },
)

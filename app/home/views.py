"""The start page."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import IndexView, expose
from flask_babel import gettext as _

from ..core.access.viewer import current_viewer
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

"""The page of one's own notices."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _

from ..core.access.viewer import current_viewer
from ..core.base.input_guard import parse_id
from .models import Notice
from .queries import find_own, find_target, mark_read, read_newest


class NoticesView(BaseView):
    """One's own notices."""

    route_base = "/notices"
    default_view = "notices"

    @expose("/", methods=["GET"])
    def notices(self) -> ResponseReturnValue:
        """Show the newest notices; those that are new are marked."""
        if current_viewer().profile is None:
            return redirect(url_for("SignInView.login", next=request.full_path))
        return self.render_template("notices/notices.html", title=_("Notices"), lines=read_newest())

    @expose("/open/<pk>", methods=["POST"])
    def open(self, pk: str) -> ResponseReturnValue:
        """Go to what one of one's own notices tells of, and mark that notice as read; 404 for any other."""
        if current_viewer().profile is None:
            return redirect(url_for("SignInView.login"))
        notice = find_own(parse_id(pk) or 0)
        target = find_target(notice) if notice is not None else None
        if notice is None or target is None:
            abort(404)
        mark_read(Notice.id == notice.id)
        return redirect(target)

    @expose("/read", methods=["POST"])
    def read(self) -> ResponseReturnValue:
        """Mark every notice of one's own as read."""
        viewer = current_viewer()
        if viewer.profile is None:
            return redirect(url_for("SignInView.login"))
        mark_read(Notice.staff_id == viewer.id)
        flash(_("All notices are read"), "success")
        return redirect(url_for("NoticesView.notices"))

"""The sentence on a page that shows nothing: what kind of access is missing here, and whom to ask."""

from __future__ import annotations

from flask import current_app, request
from flask_babel import gettext as _

from ..access.mixins import Owned
from ..access.viewer import current_viewer
from ..base.screens import label_of
from ..sharing.explanations import explain_refusal
from ..views.base import DeskView


def explain_missing_access(status: int) -> str | None:
    """Return the sentence for a 403 or 404 on a page of a known screen; None elsewhere. Never tells whether the record exists."""
    endpoint = (request.endpoint or "").partition(".")[0]
    views = current_app.extensions["appbuilder"].baseviews
    view = next((known for known in views if known.endpoint == endpoint), None)
    viewer = current_viewer()
    if view is None or viewer.profile is None:
        return None
    label = str(label_of(view.class_permission_name))
    if status == 403:
        return _("Your roles do not include this for “%(screen)s”. Ask IT for it, or your manager.", screen=label)
    is_record = isinstance(view, DeskView) and issubclass(view.datamodel.obj, Owned) and "pk" in (request.view_args or {})
    return explain_refusal(viewer, view.class_permission_name, label) if is_record else None

"""What the core itself adds to the desk: pickers, kept views of lists, shares, and the description of the interface."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from .forms.lookups import LookupView
from .lists.saved_views import VIEW_IDENTITY, SavedView, SavedViewsView, select_modules
from .parts.guards import guard_attachment
from .parts.models import Attachment
from .sharing.shares import Share, guard_share, parse_shares, select_shares
from .web.modules import EVERY_ROLE, Module, Screen

MODULE = Module(
    name="core",
    screens=[Screen(LookupView), Screen(SavedViewsView)],
    guards=[(Share, guard_share), (Attachment, guard_attachment)],
    identities={SavedView: VIEW_IDENTITY},
    profile_parts={"views": select_modules, "shares": select_shares},
    shares=parse_shares,
    extra_permissions=[("can_use", "Lookups"), ("can_get", "OpenApi"), ("can_show", "SwaggerView")],
    names={
        "Lookups": _l("Search inside forms"),
        "OpenApi": _l("Interface description (data)"),
        "SwaggerView": _l("Interface description (page)"),
    },
    grants={EVERY_ROLE: {"Lookups": ("can_use",), "OpenApi": ("can_get",), "SwaggerView": ("can_show",)}},
)

"""What notices add to the desk."""

from __future__ import annotations

from flask_babel import gettext as _

from ..core.base.notice_kinds import NoticeKind
from ..core.sharing.shares import Share
from ..core.web.modules import Module, Screen
from .guards import tell_borrower
from .queries import count_unread, select_unread
from .views import NoticesView

MODULE = Module(
    name="notices",
    screens=[Screen(NoticesView)],
    guards=[(Share, tell_borrower)],
    notices=[
        NoticeKind(
            "shared",
            lambda who, label: _("%(who)s shares %(label)s with you", who=who, label=label),
            lambda who: _("%(who)s shared an entry with you that you no longer see", who=who),
        )
    ],
    profile_parts={"notices": select_unread},
    context=count_unread,
)

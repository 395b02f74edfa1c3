"""What the columns of cases are called, and which permissions screen and REST resource share."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

CASE_PERMISSIONS = [
    "can_list", "can_show", "can_add", "can_delete", "can_cancel", "can_export", "can_see_own", "can_see_department", "can_see_all",
    "can_hand_over",
]  # fmt: skip
LABELS = {
    "number": _l("Number"), "title": _l("About"), "process": _l("Process"),
    "process_id": _l("Process"), "state": _l("State"), "step": _l("Step"),
    "owner": _l("Started by"), "started_at": _l("Started"), "ended_at": _l("Ended"), "department": _l("Department"),
    "contract": _l("Contract"), "customer": _l("Customer"), "name": _l("File"), "size": _l("Size"), "text": _l("Comment"),
    "media_type": _l("File type"), "sha256": _l("Check sum"),
}  # fmt: skip

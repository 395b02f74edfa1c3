"""The seeded roles (DESIGN §4), as plain data: role -> module -> permissions."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

ALL, DEPARTMENT, OWN = "can_see_all", "can_see_department", "can_see_own"
SEE = ("menu_access", "can_list", "can_show")
KEEP = (*SEE, "can_add", "can_edit")
CRUD = (*KEEP, "can_delete")
BASE = {"Home": ("menu_access",), "Lookups": ("can_use",)}
API_DOCS = {"OpenApi": ("can_get",), "SwaggerView": ("can_show",)}

ROLES: dict[str, dict[str, tuple[str, ...]]] = {
    "Salesperson": {
        **BASE, **API_DOCS,
        "Customers": (*CRUD, "can_pick", "can_export", OWN),
        "Activities": (*KEEP, "can_withdraw", "can_export", OWN),
        "Contracts": (*KEEP, "can_pick", "can_export", OWN),
        "Tickets": (*SEE, "can_export", OWN),
        "Bin": ("menu_access", "can_list"),
    },
    "Regional manager": {
        **BASE, **API_DOCS,
        "Customers": (*SEE, "can_edit", "can_pick", "can_export", "can_hand_over", DEPARTMENT),
        "Activities": (*SEE, "can_withdraw", "can_export", DEPARTMENT),
        "Contracts": (*SEE, "can_edit", "can_pick", "can_export", DEPARTMENT),
        "Tickets": (*SEE, "can_export", DEPARTMENT),
        "Handover": (*SEE, "can_add", "can_undo", "can_close_account", DEPARTMENT),
        "History": ("menu_access", "can_list"),
        "Bin": ("menu_access", "can_list"),
    },
    "Maintenance": {
        **BASE, **API_DOCS,
        "Customers": ("can_pick", ALL),
        "Contracts": ("can_pick", ALL),
        "Tickets": (*KEEP, "can_export", ALL),
    },
    "Head of maintenance": {
        **BASE, **API_DOCS,
        "Customers": ("can_pick", ALL),
        "Contracts": ("can_pick", ALL),
        "Tickets": (*KEEP, "can_export", "can_hand_over", ALL),
        "Handover": (*SEE, "can_add", "can_undo", DEPARTMENT),
        "History": ("menu_access", "can_list"),
    },
    "Management": {
        **BASE, **API_DOCS,
        "Customers": (*SEE, "can_export", ALL),
        "Activities": (*SEE, "can_export", ALL),
        "Contracts": (*SEE, "can_export", ALL),
        "Tickets": (*SEE, "can_export", ALL),
        "Numbers": ("menu_access", "can_list"),
    },
    "IT": {
        **BASE, **API_DOCS,
        "Staff": (*KEEP, "can_reset"),
        "Departments": CRUD,
        "Roles": CRUD,
        "Groups": CRUD,
        "Statuses": CRUD,
        "Lists": KEEP,
        "NumberSeries": KEEP,
        "Numbers": ("menu_access", "can_list"),
        "History": ("menu_access", "can_list"),
    },
}  # fmt: skip

# Screens pass a role's name to gettext; naming the seeded ones here makes their translations part of the catalogue.
ROLE_WORDS = [
    _l("Salesperson"), _l("Regional manager"), _l("Maintenance"), _l("Head of maintenance"), _l("Management"), _l("IT"), _l("Admin"),
]  # fmt: skip

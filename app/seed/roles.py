"""The seeded roles (DESIGN §4), in order; what each is granted stands in the modules' manifests."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

ROLES = ("Salesperson", "Regional manager", "Maintenance", "Head of maintenance", "Management", "IT")

# Screens pass a role's name to gettext; naming the seeded ones here makes their translations part of the catalogue.
ROLE_WORDS = [
    _l("Salesperson"), _l("Regional manager"), _l("Maintenance"), _l("Head of maintenance"), _l("Management"), _l("IT"), _l("Admin"),
]  # fmt: skip

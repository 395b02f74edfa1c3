"""Two roles side by side: what the one grants and the other does not, in the words of the role editor."""

from __future__ import annotations

from dataclasses import dataclass

from flask_appbuilder.security.sqla.models import Role
from flask_babel import gettext as _
from sqlalchemy import select

from ..core.access.viewer import current_viewer
from ..core.base.formatting import join_words
from ..core.base.screens import label_of
from ..extensions import db
from .forms import COLUMNS, OTHER_WORDS, SCOPE_WORDS


@dataclass
class Comparison:
    """The roles one may compare with, the one chosen, and the differences per screen: (screen, only here, only there)."""

    others: list[tuple[int, str, bool]]
    other_name: str
    differences: list[tuple[str, str, str]]


def word_of(action: str) -> str:
    """Return a permission in the words of the role editor."""
    words = {**dict(COLUMNS), **OTHER_WORDS}
    if action in SCOPE_WORDS:
        return _("scope: %(scope)s", scope=SCOPE_WORDS[action])
    return str(words.get(action, action.removeprefix("can_").replace("_", " ")))


def join_words_of(actions: set[str]) -> str:
    """Return permissions in words, in one line."""
    return ", ".join(sorted(word_of(action) for action in actions))


def say_permissions(text: str) -> str:
    """Return permissions, as the history keeps them (“Customers.can_edit; …”), in words."""
    pairs = [code.partition(".") for code in text.split("; ")]
    said = (_("%(name)s: %(value)s", name=label_of(module), value=word_of(action)) for module, _dot, action in pairs)
    return "; ".join(sorted(said))


def say_roles(text: str) -> str:
    """Return roles, as the history keeps them, in the reader's language."""
    return join_words(_(name) for name in text.split("; "))


def read_grants(role: Role) -> dict[str, set[str]]:
    """Return module -> permissions of a role."""
    found: dict[str, set[str]] = {}
    for permission in role.permissions:
        found.setdefault(permission.view_menu.name, set()).add(permission.permission.name)
    return found


def list_differences(here: dict[str, set[str]], there: dict[str, set[str]]) -> list[tuple[str, str, str]]:
    """Return (screen, granted only here, granted only there) where the two differ, by the screens' names."""
    rows = []
    for module in {*here, *there}:
        mine, theirs = here.get(module, set()), there.get(module, set())
        if mine != theirs:
            rows.append((str(label_of(module)), join_words_of(mine - theirs), join_words_of(theirs - mine)))
    return sorted(rows)


def compare_roles(role_id: str, other_id: str) -> Comparison:
    """Return the comparison that the role editor shows; without another role, only what may be chosen."""
    roles = list(db.session.scalars(select(Role).order_by(Role.id)))
    this = next((role for role in roles if str(role.id) == str(role_id)), None)
    other = next((role for role in roles if str(role.id) == other_id and role is not this), None)
    others = [(role.id, _(role.name), role is other) for role in roles if role is not this]
    differences = list_differences(read_grants(this), read_grants(other)) if this is not None and other is not None else []
    return Comparison(others, _(other.name) if other is not None else "", differences)


def is_own_role(role_id: str | None) -> bool:
    """Tell whether the viewer holds this role and, not being an administrator, may only read it."""
    viewer = current_viewer()
    held = viewer.profile.parts.get("roles", "").split(",") if viewer.profile is not None else []
    return not viewer.is_admin and str(role_id) in held

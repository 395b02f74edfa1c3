"""“Why can I see this”: one sentence, computed by the scope code that filters."""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import gettext as _
from sqlalchemy import or_, select

from ...extensions import db
from ..access.directory import name_of_person
from ..access.mixins import Owned
from ..access.scope import find_reason, module_of
from ..access.viewer import PICK, Reach, Viewer
from ..base import clock
from ..base.formatting import show
from ..writes.option_sets import Named, name_of
from .shares import Share


def explain_reach(viewer: Viewer, row: Owned) -> str:
    """Return the sentence that says to this viewer why they see this record; '' for who does not."""
    sentences: dict[str, Callable[[], str]] = {
        "own": lambda: _("You see this because you are its salesperson."),
        "all": lambda: _("You see this because one of your roles shows all records of this kind."),
        "department": lambda: _explain_department(viewer, row),
        "share": lambda: _explain_share(viewer, row),
        "involved": lambda: _("You see this because you have a part in it."),
    }
    reason = find_reason(viewer, row, PICK)
    return sentences[reason]() if reason is not None else ""


def say_reason(viewer: Viewer, row: Owned, reason: str) -> str:
    """Return in words, for a list of people, why one of them reaches a record."""
    if reason == "own":
        return _("is its salesperson")
    if reason == "all":
        return _("has a role that shows all records of this kind")
    if reason == "involved":
        return _("has a part in it")
    if reason == "department" and row.owner_id is None:
        return _("manages %(department)s, to which it belongs", department=_name_department(viewer, row))
    if reason == "department":
        return _("manages %(department)s, to which its salesperson belongs", department=_name_department(viewer, row))
    share = find_share(viewer, row)
    giver = name_of_person(share.granted_by_id) if share is not None else ""
    if share is None or share.until is None:
        return _("%(name)s shares it with them", name=giver or _("a colleague"))
    return _("%(name)s shares it with them until %(day)s", name=giver or _("a colleague"), day=show(share.until))


def explain_refusal(viewer: Viewer, module: str, label: str) -> str:
    """Return the sentence of a record page that shows nothing: how far the reader's access goes here, and whom to ask.

    It is the same whether the record exists or not.
    """
    reach = viewer.reach(module, PICK)
    if reach is Reach.OWN:
        return _("Of “%(screen)s” you reach your own and what is shared with you. Ask your manager if you need another.", screen=label)
    if reach is Reach.DEPARTMENT:
        return _("Of “%(screen)s” you reach your department's and what is shared with you. Ask the manager in charge.", screen=label)
    if reach is Reach.ALL:
        return _("Of “%(screen)s” you reach all there are; this one does not exist or is in the bin.", screen=label)
    return _("Your roles do not include “%(screen)s”. Ask IT for it, or your manager.", screen=label)


def _model_named(name: str) -> type[Named]:
    return next(mapper.class_ for mapper in db.Model.registry.mappers if mapper.class_.__name__ == name)


def _name_department(viewer: Viewer, row: Owned) -> str:
    """Return the department that the viewer manages: their own, above or equal to the row's."""
    own = viewer.profile.department_id if viewer.profile is not None else None
    return name_of(_model_named("Department"), own or row.department_id)


def _explain_department(viewer: Viewer, row: Owned) -> str:
    department = _name_department(viewer, row)
    if row.owner_id is None:
        return _("You see this because you manage %(department)s, to which it belongs.", department=department)
    return _("You see this because you manage %(department)s, to which its salesperson belongs.", department=department)


def find_share(viewer: Viewer, row: Owned) -> Share | None:
    """Return the share of the record (or of the customer it belongs to) that reaches furthest for the viewer; None without one."""
    keys = [(Share.module == row.policy.module) & (Share.row_id == getattr(row, row.policy.share_key))] if row.policy.share_key else []
    if row.policy.root is not None:
        keys.append((Share.module == module_of(row.policy.root.model)) & (Share.row_id == getattr(row, row.policy.root.column)))
    statement = select(Share).where(
        Share.staff_id == viewer.id, Share.revoked_at.is_(None), or_(Share.until.is_(None), Share.until >= clock.today()), or_(*keys)
    )
    return db.session.scalars(statement.order_by(Share.until.is_(None).desc(), Share.until.desc())).first()


def _explain_share(viewer: Viewer, row: Owned) -> str:
    """Name who lent the record, and until when."""
    share = find_share(viewer, row)
    giver = name_of_person(share.granted_by_id) if share is not None else ""
    if share is None or share.until is None:
        return _("You see this because %(name)s shares it with you.", name=giver or _("a colleague"))
    return _("You see this because %(name)s shares it with you until %(day)s.", name=giver or _("a colleague"), day=show(share.until))

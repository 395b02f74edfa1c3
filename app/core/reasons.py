"""“Why can I see this”: one sentence, computed by the scope code that filters."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import or_, select

from ..extensions import db
from . import clock
from .access import PICK, Viewer
from .choices import name_of
from .display import show
from .people import name_of_person
from .scope import find_reason, module_of
from .sharing import Share


def explain_reach(viewer: Viewer, row: Any) -> str:
    """Return the sentence that says why this viewer sees this record; '' for who does not."""
    reason = find_reason(viewer, row, PICK)
    if reason == "own":
        return _("You see this because you are its salesperson.")
    if reason == "all":
        return _("You see this because one of your roles shows all records of this kind.")
    if reason == "department":
        return _(
            "You see this because its salesperson belongs to %(department)s, within your own department.", department=_name_department(row)
        )
    if reason == "share":
        return _explain_share(viewer, row)
    return ""


def _model_named(name: str) -> Any:
    return next(mapper.class_ for mapper in db.Model.registry.mappers if mapper.class_.__name__ == name)


def _name_department(row: Any) -> str:
    return name_of(_model_named("Department"), row.department_id)


def _explain_share(viewer: Viewer, row: Any) -> str:
    """Name who lent the record (or the customer it belongs to), and until when."""
    keys = [(Share.module == row.__access__) & (Share.row_id == getattr(row, row.__share_key__))] if row.__share_key__ else []
    if row.__root__ is not None:
        keys.append((Share.module == module_of(row.__root__[1])) & (Share.row_id == getattr(row, row.__root__[0])))
    statement = select(Share).where(
        Share.staff_id == viewer.id, Share.revoked_at.is_(None), or_(Share.until.is_(None), Share.until >= clock.today()), or_(*keys)
    )
    share = db.session.scalars(statement.order_by(Share.until.is_(None).desc(), Share.until.desc())).first()
    giver = name_of_person(share.granted_by_id) if share is not None else ""
    if share is None or share.until is None:
        return _("You see this because %(name)s shares it with you.", name=giver or _("a colleague"))
    return _("You see this because %(name)s shares it with you until %(day)s.", name=giver or _("a colleague"), day=show(share.until))

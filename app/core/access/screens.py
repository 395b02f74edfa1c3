"""The base of every screen: what its viewer may do there, how one row is found, shown and addressed; and which screen shows a model.

The mixins of a screen (its list, record, forms, shares) derive from `ScreenBase`; FAB's view, behind them all, brings the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic

from flask import abort, current_app, url_for
from flask_appbuilder import AppBuilder
from flask_appbuilder.actions import ActionItem
from flask_appbuilder.models.sqla.filters import SQLAFilterConverter
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import Integer, Select, Time, bindparam, select
from sqlalchemy.orm.interfaces import ORMOption
from wtforms.fields.core import UnboundField

from ...extensions import db
from ..base.caches import once_each
from ..base.entities import Entity, Item
from ..base.formatting import show
from ..base.i18n import Words
from ..base.input_guard import parse_id
from ..base.lifecycle import Lifecycle
from ..base.urls import find_address
from .mixins import Owned
from .scope import CACHED_OPTION, is_row_reached
from .viewer import current_viewer

PK = "record_id"  # parameter of a statement: which row
CellMaker = Callable[[Any], object]  # makes a cell of one row of the screen's model, which the caller knows better than the core


class DeskFilters(SQLAFilterConverter):
    """FAB's filters by the kind of a column. It knows none for a time of day, and would say so in the log at each start."""

    def convert(self, col_name: str) -> list[Any]:
        """Return the filters of a column."""
        column = self.datamodel.obj.__table__.columns.get(col_name)
        return [] if column is not None and isinstance(column.type, Time) else super().convert(col_name)


@once_each
def _select_one(screen: type[ScreenBase]) -> Select:
    """Return the statement that reads one row of a screen with what its page shows; put together once."""
    model = screen.datamodel.obj
    return select(model).where(model.id == bindparam(PK, type_=Integer)).options(*screen.show_options)


class DeskInterface(SQLAInterface, Generic[Item]):
    """FAB's interface, reading one row the way the scope reads: by SELECT, never from memory."""

    obj: type[Item]
    filter_converter_class = DeskFilters

    def get(self, id: object, *_args: object, **_kwargs: object) -> Item | None:
        """Return the row with this id when the viewer reaches it; None for any other id, however odd."""
        number = parse_id(str(id))
        return self.session.scalar(select(self.obj).where(self.obj.id == number)) if number is not None else None


class ScreenBase(Generic[Item]):
    """What every mixin of a screen asks of it. `Item` is the screen's model."""

    # Flask-AppBuilder's, declared here and filled in by its view
    appbuilder: AppBuilder
    datamodel: DeskInterface[Item]
    endpoint: str
    route_base: str
    class_permission_name: str
    exclude_route_methods: set[str]
    label_columns: Mapping[str, Words]
    add_columns: Sequence[str]
    edit_columns: Sequence[str]
    edit_form_extra_fields: Mapping[str, UnboundField]
    list_title: Words
    actions: Mapping[str, ActionItem]
    get_action_permission_name: Callable[[str], str]
    render_template: Callable[..., str]
    # ours
    base_permissions: Sequence[str]
    opens = "show"  # the page that a row of the list opens
    lifecycle: Lifecycle | None = None
    cells: Mapping[str, CellMaker] = {}
    form_extra_fields: Mapping[str, UnboundField] = {}
    code_words: Mapping[str, Callable[[str], Words | None]] = {}  # column -> its stored text in words, for the history; None: as it stands
    show_options: Sequence[ORMOption] = ()

    @property
    def model(self) -> type[Item]:
        """Return the class of the screen's rows."""
        return self.datamodel.obj

    def may(self, action: str) -> bool:
        """Tell whether the viewer has the action on this module, whatever the row."""
        return action in self.base_permissions and current_viewer().may(action, self.class_permission_name)

    def may_do(self, action: str, item: Entity) -> bool:
        """Tell whether the viewer has the action on this row."""
        if action not in self.base_permissions:
            return False
        if isinstance(item, Owned):
            return is_row_reached(current_viewer(), item, (action,), writing=True)
        return self.may(action)

    def find_or_404(self, pk: object) -> Item:
        """Return the row; 404 when it does not exist or is out of reach, alike."""
        number = parse_id(str(pk))
        if number is None:
            abort(404)
        item = db.session.scalar(_select_one(type(self)), {PK: number}, execution_options={CACHED_OPTION: True})
        return item if item is not None else abort(404)

    def url(self, method: str, item: Entity | int | None = None, **values: Any) -> str:
        """Return the address of one of this view's pages."""
        if item is not None:
            values["pk"] = item if isinstance(item, int) else item.id
        page = f"{self.endpoint}.{method}"
        return url_for(page, **values) if values else find_address(page)

    def cell(self, row: Item, column: str) -> object:
        """Return one value of a row as a person reads it."""
        made = self.cells.get(column)
        return made(row) if made else show(getattr(row, column))

    def name_of(self, item: Item) -> str:
        """Return what titles, questions and messages call a record."""
        return str(item)

    def heading_of(self, item: Item) -> str:
        """Return the record page's heading; the number stands above it."""
        return self.name_of(item)

    def badge_of(self, item: Item) -> Words:
        """Return the record's status badge."""
        return "" if self.lifecycle is None else self.lifecycle.show(self.state_of(item))

    @staticmethod
    def state_of(item: Item) -> str:
        """Return the state in which a row with a lifecycle is."""
        return str(getattr(item, "status"))  # noqa: B009 - rows without a lifecycle have none


def all_screens() -> list[ScreenBase]:
    """Return every screen, whichever module's."""
    return [view for view in current_app.extensions["appbuilder"].baseviews if isinstance(view, ScreenBase)]


def screen_of_module(module: str) -> ScreenBase | None:
    """Return the screen whose permissions stand under this name; None for none."""
    return next((screen for screen in all_screens() if screen.class_permission_name == module), None)


def screen_of(model: type[Entity]) -> ScreenBase | None:
    """Return the screen of a model; None for one without."""
    return next((screen for screen in all_screens() if screen.model is model), None)


def need_screen(model: type[Entity]) -> ScreenBase:
    """Return the screen of a model that has one. Raises LookupError."""
    screen = screen_of(model)
    if screen is None:
        raise LookupError(f"{model.__name__} has no screen")
    return screen

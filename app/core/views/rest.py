"""The base of every REST resource: FAB's conventions, our scope, refusals as 422 with field and sentence."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import Response, request
from flask_appbuilder.exceptions import InvalidColumnFilterFABException
from flask_appbuilder.models.filters import Filters
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError
from sqlalchemy import inspect
from sqlalchemy.orm.interfaces import ORMOption

from ...extensions import db
from ..access.screens import DeskInterface
from ..access.viewer import from_source
from ..base.entities import Entity, Item
from ..base.errors import NOT_SAVED, SAVED_MEANWHILE, RuleViolation
from ..base.parsing import parse_number
from ..writes import commit, row_data
from .base import DeskView
from .bodies import make_reader
from .dumps import SafeConverter
from .openapi import describe_answer, describe_body
from .part_rest import PartRest
from .rest_messages import say_misfits

METHOD_PERMISSIONS = {
    "get": "show", "get_list": "list", "info": "list", "post": "add", "put": "edit", "delete": "delete",
    "comments": "show", "add_comment": "edit", "attachments": "show", "add_attachment": "edit", "get_attachment": "show",
}  # fmt: skip
Body = dict[str, Any]  # JSON or Rison as it was sent: nothing is known of its values yet
MAX_ID = 2**31 - 1
MAX_AMOUNT = 10**15
COMMON_LABELS = {"id": _l("Internal number"), "row_version": _l("Version"), "created_at": _l("Entered at")}


class ApiInterface(DeskInterface[Item]):
    """Reads for REST: scoped, ordered to the last, eager as the resource declares."""

    eager: Callable[[], Sequence[ORMOption]] = staticmethod(lambda: ())

    def query(self, filters: Filters | None = None, order_column: str = "", order_direction: str = "", page: int | None = None,
              page_size: int | None = None, **_ignored: object) -> tuple[int, list[Item]]:  # fmt: skip
        """Return the number of rows that match and one page of them."""
        query = self.session.query(self.obj)
        if filters is not None:
            query = filters.apply_all(query)
        count = query.count()
        column = getattr(self.obj, order_column or "id")
        down = order_direction == "desc"
        query = query.order_by(column.desc() if down else column.asc(), self.obj.id.desc() if down else self.obj.id.asc())
        if page_size:
            query = query.offset(min(max(page or 0, 0) * page_size, MAX_ID)).limit(page_size)
        return count, query.options(*self.eager()).all()


class LoudFailures:
    """Mixed into a REST resource: an unforeseen error reaches the app's own handler, which knows an outage from a fault."""

    def response_500(self, **_ignored: object) -> Response:
        """Raise again what FAB caught."""
        error = sys.exc_info()[1]
        raise error if error is not None else RuntimeError("FAB answers 500")


class DeskApi(LoudFailures, PartRest):
    """One module's REST resource."""

    datamodel: ApiInterface

    base_permissions: Sequence[str] | None = None
    screen: type[DeskView] | None = None  # the module's screen: the resource uses its words
    method_permission_name = METHOD_PERMISSIONS
    allow_browser_login = False
    max_page_size = 100
    exclude_route_methods: set[str] = set()
    model2schemaconverter = SafeConverter
    base_order = ("id", "asc")
    eager: Callable[[], Sequence[ORMOption]] = staticmethod(lambda: ())

    def __init__(self) -> None:
        self.base_permissions = list(type(self).base_permissions or [])
        if self.screen is not None:
            self.list_title = self.show_title = self.screen.list_title
            self.add_title, self.edit_title = self.screen.add_title, self.screen.edit_title
            self.label_columns = {**COMMON_LABELS, **(self.screen.label_columns or {})}
        self.exclude_route_methods = {*self.exclude_route_methods, *self.find_idle_parts()}
        super().__init__()
        self.datamodel.eager = self.eager

    def _init_model_schemas(self) -> None:
        """Make the readers of bodies beside the schemas that describe them."""
        super()._init_model_schemas()
        self._add_reader = make_reader(self.add_model_schema, self.datamodel.obj)
        self._edit_reader = make_reader(self.edit_model_schema, self.datamodel.obj)

    def add_apispec_components(self, api_spec: Any) -> None:
        """Describe bodies and answers by the definitions of their fields; FAB would go by the columns' types."""
        super().add_apispec_components(api_spec)
        known, model = api_spec.components.schemas, self.datamodel.obj
        describe_body(known[self.add_model_schema_name], model, is_new=True)
        describe_body(known[self.edit_model_schema_name], model, is_new=False)
        describe_answer(known[self.list_model_schema_name], model)
        describe_answer(known[self.show_model_schema_name], model)

    def response_404(self) -> Response:
        """Answer that there is no such row, or none for the reader: alike."""
        return self.response(404, message=_("Nothing here for you"))

    def _gen_labels_columns(self, list_columns: list[str]) -> None:
        """Call `owner_id` and `owner_name` what the screen calls `owner`; FAB would make English of the names."""
        for name in (*list_columns, *(self.list_columns or ()), *(self.show_columns or ())):
            base = name.removesuffix("_id").removesuffix("_name")
            if name not in self.label_columns and base in self.label_columns:
                self.label_columns[name] = self.label_columns[base]
        super()._gen_labels_columns(list_columns)

    def _handle_filters_args(self, rison_args: Body) -> Filters:
        """Build the filters for this request alone (FAB shares one object between threads); refuse odd values."""
        asked = rison_args.get("filters", [])
        for entry in asked:
            self._check_filter(entry)
        filters = self.datamodel.get_filters(search_columns=self.search_columns, search_filters=self.search_filters)
        filters.rest_add_filters(asked)
        return filters.get_joined_filters(self._base_filters)

    def _check_filter(self, entry: Body) -> None:
        name, value = str(entry.get("col")), entry.get("value")
        if name not in self.search_columns:
            raise InvalidColumnFilterFABException(_("There is no filter on this column."))
        if entry.get("opr") not in {known.arg_name for known in self._filters.get_search_filters().get(name, ())}:
            raise InvalidColumnFilterFABException(_("There is no such filter on this column."))
        kind = getattr(self.datamodel.obj, name).type.python_type
        if kind is str and isinstance(value, int) and not isinstance(value, bool):
            value = entry["value"] = str(value)  # Rison cannot tell
        if isinstance(value, list) != (entry.get("opr") in ("in", "not_in")):
            raise InvalidColumnFilterFABException(_("This filter value does not fit its column."))
        values = value if isinstance(value, list) else [value]
        if not values or not all(is_readable(kind, one) for one in values):
            raise InvalidColumnFilterFABException(_("This filter value does not fit its column."))
        if kind in (Decimal, int):
            numbers = [kind(parse_number(str(one)) or 0) for one in values]
            entry["value"] = numbers if isinstance(value, list) else numbers[0]

    def _read_body(self) -> Body | None:
        body = request.get_json(silent=True)
        if not isinstance(body, dict):
            return None
        columns = inspect(self.datamodel.obj).columns
        for name, value in body.items():
            if value is None and name in columns and not columns[name].nullable and columns[name].type.python_type is str:
                body[name] = ""  # so that the rule says what is missing
        return body

    def post_headless(self) -> Response:
        """Add a row; 422 with field and sentence when refused."""
        body = self._read_body()
        if body is None:
            return self.response_400(message=_("Send a JSON object."))
        item = self.datamodel.obj()
        if (misfit := self._write(item, self._add_reader, body)) is not None:
            return misfit
        db.session.add(item)
        refused = self.commit_or_answer()
        if refused is not None:
            return refused
        return self.response(201, id=item.id, result=self.show_model_schema.dump(item, many=False))

    def put_headless(self, pk: str) -> Response:
        """Change the fields that are sent; `row_version`, if sent, must be the present one."""
        item = self.datamodel.get(pk)
        if item is None:
            return self.response_404()
        body = self._read_body()
        if body is None:
            return self.response_400(message=_("Send a JSON object."))
        version = body.pop("row_version", None)
        if version is not None and version != item.row_version:
            return self.response(409, message=str(SAVED_MEANWHILE))
        if (misfit := self._write(item, self._edit_reader, body, partial=True)) is not None:
            return misfit
        refused = self.commit_or_answer()
        if refused is not None:
            return refused
        item = self.datamodel.get(pk)
        return self.response(200, result=self.show_model_schema.dump(item, many=False) if item is not None else {})

    def _write(self, item: Entity, reader: Schema, body: Body, *, partial: bool = False) -> Response | None:
        """Set on this request's row what its body says; return the refusal of a body that cannot be read."""
        try:
            row_data.write(item, reader.load(body, partial=partial))
        except (ValidationError, ValueError, OverflowError) as error:
            db.session.rollback()
            return self.response_422(message=say_misfits(error.messages) if isinstance(error, ValidationError) else str(NOT_SAVED))
        return None

    def delete_headless(self, pk: str) -> Response:
        """Put a row in the bin."""
        item = self.datamodel.get(pk)
        if item is None:
            return self.response_404()
        db.session.delete(item)
        refused = self.commit_or_answer()
        return refused if refused is not None else self.response(200, message="OK")

    def commit_or_answer(self) -> Response | None:
        """Commit; return the answer to a refusal."""
        try:
            with from_source("api"):
                commit.commit()
        except RuleViolation as refusal:
            return self._refuse(refusal)
        return None

    def _refuse(self, refusal: RuleViolation) -> Response:
        field = refusal.field
        if field is not None and field not in {*self.add_columns, *self.edit_columns}:
            field = f"{field}_id" if f"{field}_id" in {*self.add_columns, *self.edit_columns} else field
        message: str | dict[str, list[str]] = {field: [str(refusal)]} if field else str(refusal)
        return self.response(refusal.status, message=message)


def is_readable(kind: type, value: object) -> bool:
    """Tell whether a filter value can be compared with a column of this type; anything else must not widen the answer."""
    if value is None or isinstance(value, dict | list):
        return False
    try:
        if kind is bool:
            return isinstance(value, bool) or value in ("true", "false", "True", "False", 0, 1)
        if kind is int:
            number = parse_number(str(value)) if not isinstance(value, bool | float) else None
            return number is not None and number == number.to_integral_value() and abs(number) <= MAX_ID
        if kind is Decimal:
            number = parse_number(str(value)) if not isinstance(value, bool) else None
            return number is not None and abs(number) < MAX_AMOUNT
        if kind in (date, datetime) and not isinstance(value, str):
            return False  # FAB would compare with nothing, and show everything
        if kind is datetime:
            datetime.fromisoformat(str(value))
        elif kind is date:
            date.fromisoformat(str(value))
        return kind is not str or isinstance(value, str)
    except ValueError:
        return False

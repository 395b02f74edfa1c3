"""Cases and tasks over REST: the same actions, refused in the same sentences."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask import Response, request
from flask_appbuilder.api import BaseApi, expose, protect, safe
from flask_appbuilder.security.decorators import permission_name
from flask_babel import gettext as _
from sqlalchemy.orm import selectinload

from ..core.access.viewer import current_viewer, from_source
from ..core.base.errors import RuleViolation
from ..core.base.input_guard import parse_id
from ..core.views.rest import ApiInterface, DeskApi, LoudFailures
from . import acting, tasks
from .asking import read_asked
from .filling import Misfits
from .labels import CASE_PERMISSIONS, LABELS
from .models import Case
from .page import list_readable, look_at
from .values import to_json


class CasesApi(DeskApi):
    """Cases: read, started, and acted in."""

    datamodel = ApiInterface(Case)
    resource_name = "cases"
    label_columns = dict(LABELS)
    class_permission_name = "Cases"
    base_permissions = CASE_PERMISSIONS
    exclude_route_methods = {"post", "put", "delete", "add_comment", "add_attachment", "get_attachment"}
    list_columns = [
        "id", "number", "title", "process_id", "version_id", "state", "step", "round", "stuck", "contract_id", "customer_id", "owner_id",
        "started_at", "ended_at",
    ]  # fmt: skip
    show_columns = [*list_columns, "created_at", "row_version"]
    add_columns = edit_columns = ["title"]
    search_columns = ["number", "state", "process_id", "contract_id", "customer_id", "owner_id"]
    order_columns = ["id", "number"]
    eager = staticmethod(lambda: (selectinload(Case.process),))

    def _act(self, work: Callable[[], Response]) -> Response:
        """Answer what the work answers; a refusal as 422 with its field, or the fields, that it is about."""
        try:
            with from_source("api"):
                return work()
        except Misfits as refusal:
            return self.response(422, message={code: [text] for code, text in refusal.sentences.items()})
        except RuleViolation as refusal:
            message: Any = {refusal.field: [str(refusal)]} if refusal.field else str(refusal)
            return self.response(refusal.status, message=message)

    @expose("/", methods=["POST"])
    @protect()
    @safe
    @permission_name("add")
    def start(self) -> Response:
        """Start a case of a process, by the code of the process; it is sent at once unless it is kept as a draft.
        ---
        post:
          requestBody:
            required: true
            content:
              application/json:
                schema:
                  type: object
                  required: [process]
                  properties:
                    process: {type: string, maxLength: 30}
                    values: {type: object}
                    said: {type: string, maxLength: 4000}
                    chosen: {type: array, items: {type: integer}}
                    is_draft: {type: boolean}
          responses:
            201: {description: Started}
            400: {$ref: '#/components/responses/400'}
            401: {$ref: '#/components/responses/401'}
            404: {$ref: '#/components/responses/404'}
            422: {$ref: '#/components/responses/422'}
        """
        body = request.get_json(silent=True)
        if not isinstance(body, dict) or not isinstance(body.get("process"), str):
            return self.response_400(message=_("Send a JSON object."))
        design = acting.find_by_code(body["process"])
        if design is None:
            return self.response_404()

        def work() -> Response:
            made = acting.start_from(design, body)
            return self.response(201, id=made.id)

        return self._act(work)

    @expose("/<pk>/form", methods=["GET"])
    @protect()
    @safe
    @permission_name("show")
    def form(self, pk: str) -> Response:
        """Return what is filled in, and the open tasks that are the reader's to do.
        ---
        get:
          parameters:
          - in: path
            schema: {type: integer}
            name: pk
          responses:
            200:
              description: The form
              content:
                application/json:
                  schema:
                    type: object
                    properties:
                      values: {type: object}
                      tasks: {type: array, items: {type: object}}
            401: {$ref: '#/components/responses/401'}
            404: {$ref: '#/components/responses/404'}
        """
        item = self.datamodel.get(pk)
        if item is None:
            return self.response_404()
        look = look_at(item)
        readable = {one.code for one in list_readable(look)}
        values = {code: _plain(value) for code, value in look.filled.values.items() if code in readable}
        mine = look.mine
        found = [{"number": mine.number, "step": mine.step, "since": mine.opened_at.isoformat()}] if mine is not None else []
        return self.response(200, values=values, tasks=found)

    @expose("/<pk>/act", methods=["POST"])
    @protect()
    @safe
    @permission_name("show")
    def act(self, pk: str) -> Response:
        """Act in a case: approve, return, refuse, claim, release, transfer, delegate, add_signer, withdraw, take_back, …
        ---
        post:
          parameters:
          - in: path
            schema: {type: integer}
            name: pk
          requestBody:
            required: true
            content:
              application/json:
                schema:
                  type: object
                  required: [do]
                  properties: {do: {type: string, maxLength: 30}, task: {type: integer}, to: {type: integer},
                    values: {type: object}, said: {type: string, maxLength: 4000}, place: {type: string}, step: {type: string},
                    chosen: {type: array, items: {type: integer}}}
          responses:
            200: {description: Done}
            400: {$ref: '#/components/responses/400'}
            401: {$ref: '#/components/responses/401'}
            404: {$ref: '#/components/responses/404'}
            422: {$ref: '#/components/responses/422'}
        """
        item, body = self.datamodel.get(pk), request.get_json(silent=True)
        if item is None:
            return self.response_404()
        if not isinstance(body, dict) or not isinstance(body.get("do"), str):
            return self.response_400(message=_("Send a JSON object."))

        def work() -> Response:
            acting.act_from(item.id, read_asked(body), body)
            present = self.datamodel.get(pk)
            return self.response(200, result=self.show_model_schema.dump(present) if present is not None else {})

        return self._act(work)


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: numbers with decimals and days as text."""
    return json.loads(to_json(value))


class TasksApi(LoudFailures, BaseApi):
    """One's tasks: what waits for the reader, and what lies in the pools of their roles."""

    resource_name = "tasks"
    class_permission_name = "CaseTasks"
    base_permissions = ["can_list"]
    allow_browser_login = False

    @expose("/", methods=["GET"])
    @protect()
    @safe
    @permission_name("list")
    def mine(self) -> Response:
        """List one's open tasks, or those of `?tab=` pool, copies, done, started; 50 at a time, older ones by `?before=`.
        ---
        get:
          parameters:
          - {in: query, name: tab, schema: {type: string, enum: [mine, pool, copies, done, started]}}
          - {in: query, name: before, schema: {type: integer, minimum: 1}}
          responses:
            200:
              description: The tasks
              content:
                application/json:
                  schema:
                    type: object
                    properties:
                      result: {type: array, items: {type: object}}
                      before: {type: integer, nullable: true}
            401: {$ref: '#/components/responses/401'}
        """
        tab = request.args.get("tab", tasks.MINE)
        if tab not in tasks.TABS:
            return self.response_400(message=_("There is no such list of tasks."))
        inbox = tasks.read_inbox(current_viewer(), tab, "", parse_id(request.args.get("before")))
        rows = [
            {"case_id": one.case_id, "number": one.number, "title": one.title, "process": one.process, "step": one.step,
             "task": one.task, "due": one.when.full if one.when is not None else None, "state": one.state}
            for one in inbox.lines
        ]  # fmt: skip
        return self.response(200, result=rows, before=inbox.older)

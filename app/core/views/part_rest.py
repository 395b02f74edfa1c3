"""Comments and files over REST, as parts of the records they hang on."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

from flask import Response, request, send_file
from flask_appbuilder.api import ModelRestApi, expose, protect, safe
from flask_appbuilder.security.decorators import permission_name
from flask_babel import gettext as _

from ..access.directory import name_of_actor
from ..access.mixins import Owned
from ..access.scope import is_row_reached
from ..access.viewer import EDIT, current_viewer
from ..base.bounds import MEGA, takes
from ..base.input_guard import parse_id
from ..parts.models import Attachment, Comment, Part
from ..parts.queries import add_attachment, add_comment, find_attachment, find_part, read_parts
from ..parts.rules import MAX_SIZE
from ..writes.gate import NOT_ALLOWED
from .part_pages import read_upload

COMMENT = ("comments", "add_comment")
FILES = ("attachments", "add_attachment", "get_attachment")


class PartRest(ModelRestApi):
    """Mixed into a REST resource: the parts of its records, where the module gives them any. Who may edit the record may add."""

    commit_or_answer: Callable[[], Response | None]  # the resource's own

    def find_idle_parts(self) -> Iterator[str]:
        """Yield the methods of parts that this resource's records do not have."""
        for part, methods in ((Comment, COMMENT), (Attachment, FILES)):
            if find_part(part, self.datamodel.obj) is None:
                yield from methods

    def _list(self, pk: str, part: type[Part], *names: str) -> Response:
        item = self.datamodel.get(pk)
        if not isinstance(item, Owned):
            return self.response_404()
        rows = [
            {"id": row.id, "author": name_of_actor(row.created_by_id), "created_at": row.created_at.isoformat(),
             **{name: getattr(row, name) for name in names}}
            for row in read_parts(part, item)
        ]  # fmt: skip
        return self.response(200, count=len(rows), result=rows)

    def _find_editable(self, pk: str) -> Owned | Response:
        """Return the record, or the answer to who may not edit it; the gate would refuse as well, later and in other words."""
        item = self.datamodel.get(pk)
        if not isinstance(item, Owned):
            return self.response_404()
        if not is_row_reached(current_viewer(), item, EDIT, writing=True):
            return self.response(403, message=str(NOT_ALLOWED))
        return item

    @expose("/<pk>/comments", methods=["GET"])
    @protect()
    @safe
    @permission_name("show")
    def comments(self, pk: str) -> Response:
        """List the comments on a record, oldest first.
        ---
        get:
          parameters:
          - in: path
            schema: {type: integer}
            name: pk
          responses:
            200:
              description: The comments
              content:
                application/json:
                  schema:
                    type: object
                    properties:
                      count: {type: integer}
                      result: {type: array, items: {type: object}}
            401: {$ref: '#/components/responses/401'}
            404: {$ref: '#/components/responses/404'}
        """
        return self._list(pk, Comment, "text")

    @expose("/<pk>/comments", methods=["POST"])
    @protect()
    @safe
    @permission_name("edit")
    def add_comment(self, pk: str) -> Response:
        """Add a comment to a record.
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
                  required: [text]
                  properties:
                    text: {type: string}
          responses:
            201: {description: Added}
            400: {$ref: '#/components/responses/400'}
            401: {$ref: '#/components/responses/401'}
            404: {$ref: '#/components/responses/404'}
            422: {$ref: '#/components/responses/422'}
        """
        item = self._find_editable(pk)
        if isinstance(item, Response):
            return item
        body = request.get_json(silent=True)
        text = body.get("text") if isinstance(body, dict) else None
        if not isinstance(text, str):
            return self.response_400(message=_("Send a JSON object."))
        comment = add_comment(item, text)
        refused = self.commit_or_answer()
        return refused if refused is not None else self.response(201, id=comment.id)

    @expose("/<pk>/attachments", methods=["GET"])
    @protect()
    @safe
    @permission_name("show")
    def attachments(self, pk: str) -> Response:
        """List the files of a record, oldest first.
        ---
        get:
          parameters:
          - in: path
            schema: {type: integer}
            name: pk
          responses:
            200:
              description: The files
              content:
                application/json:
                  schema:
                    type: object
                    properties:
                      count: {type: integer}
                      result: {type: array, items: {type: object}}
            401: {$ref: '#/components/responses/401'}
            404: {$ref: '#/components/responses/404'}
        """
        return self._list(pk, Attachment, "name", "media_type", "size", "sha256")

    @expose("/<pk>/attachments", methods=["POST"])
    @takes(MAX_SIZE + MEGA)
    @protect()
    @safe
    @permission_name("edit")
    def add_attachment(self, pk: str) -> Response:
        """Attach a file to a record: PDF, picture, Word, Excel, text, CSV, ZIP or mail, up to 20 MB.
        ---
        post:
          parameters:
          - in: path
            schema: {type: integer}
            name: pk
          requestBody:
            required: true
            content:
              multipart/form-data:
                schema:
                  type: object
                  required: [file]
                  properties:
                    file: {type: string, format: binary}
          responses:
            201: {description: Attached}
            401: {$ref: '#/components/responses/401'}
            404: {$ref: '#/components/responses/404'}
            422: {$ref: '#/components/responses/422'}
        """
        item = self._find_editable(pk)
        if isinstance(item, Response):
            return item
        attachment = add_attachment(item, *read_upload(request.files.get("file")))
        refused = self.commit_or_answer()
        return refused if refused is not None else self.response(201, id=attachment.id)

    @expose("/attachments/<pk>", methods=["GET"])
    @protect()
    @safe
    @permission_name("show")
    def get_attachment(self, pk: str) -> Response:
        """Return the content of one file.
        ---
        get:
          parameters:
          - in: path
            schema: {type: integer}
            name: pk
          responses:
            200:
              description: The file
              content:
                application/octet-stream:
                  schema: {type: string, format: binary}
            401: {$ref: '#/components/responses/401'}
            404: {$ref: '#/components/responses/404'}
        """
        found = find_attachment(self.datamodel.obj, parse_id(pk) or 0)
        if found is None:
            return self.response_404()
        return send_file(io.BytesIO(found.content), found.media_type, as_attachment=True, download_name=found.name)

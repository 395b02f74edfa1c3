"""Templates compiled once for each language, with words, icons and addresses of files folded in as constants.

A list says some eighty words and draws some thirty icons that are the same for every reader of its language. Looking them up
while rendering was a third of the template's time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from flask import Flask, has_request_context, request
from flask.sansio.app import App
from flask.templating import Environment
from flask_babel import get_locale
from jinja2 import Template, nodes
from jinja2.exceptions import TemplateAssertionError
from jinja2.visitor import NodeTransformer

from ..base.caches import Cache

_INDENT = re.compile(r"\n[ \t]+")  # HTML reads both as one space; no template writes into a <pre>


class _ConstantFolder(NodeTransformer):
    """Constant folding: replaces a call of a fixed function on constants by its answer, and drops the template's indentation."""

    def __init__(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        self._functions = functions

    def visit_Name(self, node: nodes.Name) -> nodes.Node:
        if node.name in self._functions and node.ctx != "load":
            raise TemplateAssertionError(f"“{node.name}” has a fixed meaning in templates", node.lineno)
        return node

    def visit_TemplateData(self, node: nodes.TemplateData) -> nodes.Node:
        return nodes.TemplateData(_INDENT.sub("\n", node.data), lineno=node.lineno)

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        self.generic_visit(node)
        function = self._functions.get(node.node.name) if isinstance(node.node, nodes.Name) else None
        given = [*node.args, *(pair.value for pair in node.kwargs)]
        if function is None or node.dyn_args or node.dyn_kwargs or not all(isinstance(value, nodes.Const) for value in given):
            return node
        args = [value.as_const() for value in node.args]
        return nodes.Const(function(*args, **{pair.key: pair.value.as_const() for pair in node.kwargs}), lineno=node.lineno)


class DeskEnvironment(Environment):
    """Flask's environment, with an overlay of itself for each language and mount path.

    `fixed` names the functions whose answer to constants depends on these two alone. A template that is not rendered for a
    request is compiled as Jinja does.
    """

    def __init__(self, app: App, **options: Any) -> None:
        super().__init__(app, **options)
        self.fixed: Mapping[str, Callable[..., Any]] = {}
        self._by_locale: Cache[DeskEnvironment] = Cache("environments by language and mount path", 16, is_of_code=True)

    def _load_template(self, name: str, globals: MutableMapping[str, Any] | None) -> Template:
        if self.overlayed or not has_request_context():
            return super()._load_template(name, globals)
        key = (str(get_locale()), request.script_root)
        environment = self._by_locale.find(key)
        if environment is None:
            environment = self._by_locale.keep(key, self.overlay(cache_size=400))
        return environment._load_template(name, globals)

    def _generate(self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False) -> str:
        if self.overlayed:
            source = _ConstantFolder(self.fixed).visit(source)
        return super()._generate(source, name, filename, defer_init)


def register(app: Flask) -> None:
    """Let the app's templates be compiled so; before anything asks for its environment."""
    app.jinja_environment = DeskEnvironment

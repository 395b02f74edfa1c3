"""What every command of ours does alike: it ends in a sentence and a status; Flask-AppBuilder's writing commands are not offered."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from flask.cli import AppGroup
from flask_appbuilder.cli import fab
from flask_babel import force_locale
from sqlalchemy.exc import OperationalError, ProgrammingError

from .core.base.errors import RuleViolation

NOT_PREPARED = "The database is not prepared. Run `flask --app run crm init` first."
# These read; all the others of the group write past the gate, and say that they did when nothing was written.
FAB_READS = frozenset({"version", "list-views", "list-users", "export-roles"})
INSTEAD = {
    "create-admin": "Use `flask --app run crm admin add NAME --mail MAIL`.",
    "create-user": "IT adds people on the screen “People”; an administrator is added by `flask --app run crm admin add NAME --mail MAIL`.",
    "reset-password": "Use `flask --app run crm admin reset NAME`: it prints a one-time code.",
    "create-db": "Use `flask --app run crm init`.",
    "create-permissions": "Use `flask --app run crm init`.",
    "import-roles": "IT edits roles on the screen “Roles”; `flask --app run crm init` writes the seeded ones.",
}


def say_database_error(error: OperationalError | ProgrammingError) -> str:
    """Return the sentence for a database that is away, or not prepared yet."""
    if isinstance(error, ProgrammingError) or "no such table" in str(error.orig) or "no such column" in str(error.orig):
        return NOT_PREPARED
    return f"The database cannot be reached: {error.orig}"


def end_cleanly(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a command end with a sentence and a status that is not 0 when a rule refuses it or the database is away."""

    @wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except RuleViolation as refusal:
            with force_locale("en"):  # like every other word of the console
                raise click.ClickException(str(refusal)) from refusal
        except (OperationalError, ProgrammingError) as error:
            raise click.ClickException(say_database_error(error)) from error

    return run


class DeskGroup(AppGroup):
    """A group whose commands run within the app and end cleanly."""

    def command(  # type: ignore[override]  # click's second form, `@group.command` without brackets, is not Flask's either
        self, *args: Any, **kwargs: Any
    ) -> Callable[[Callable[..., Any]], click.Command]:
        """Return what makes a command of a function."""
        register = super().command(*args, **kwargs)
        return lambda function: register(end_cleanly(function))


def refuse_fab_command() -> None:
    """Refuse to load the app for a command of Flask-AppBuilder that writes; raises UsageError with what to use instead.

    Flask finds that group before ours and before there is an app, so it cannot be left out; but none of what it does to an
    installation works without loading the app.
    """
    context = click.get_current_context(silent=True)
    if context is None or context.command not in fab.commands.values() or context.command.name in FAB_READS:
        return
    name = context.command.name or ""
    hint = INSTEAD.get(name, "Permissions are kept by `flask --app run crm init`.")
    raise click.UsageError(f"`fab {name}` is not offered: it would write past the rules of this desk. {hint}")

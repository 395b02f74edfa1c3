"""`flask crm admin …`: the administrator's way back, for whoever runs the installation."""

from __future__ import annotations

import click

from .clibase import DeskGroup
from .staff import rescue


def add_admin_commands(group: DeskGroup) -> None:
    """Add the commands that let somebody in who runs the installation and cannot sign in."""
    admin = DeskGroup("admin", help="Let an administrator in again, or add one.")
    group.add_command(admin)

    @admin.command("reset")
    @click.argument("name")
    def reset_command(name: str) -> None:
        """Issue a one-time code for the account with this user name or mail, and end its sessions."""
        username, code = rescue.reset_account(name)
        click.echo(f"One-time code for {username}: {code}   (good for 24 hours; a new password is chosen at the sign-in)")

    @admin.command("add")
    @click.argument("name")
    @click.option("--mail", required=True, help="The mail address.")
    @click.option("--given", default="", help="The given name; the user name if neither name is given.")
    @click.option("--family", default="", help="The family name.")
    def add_command(name: str, mail: str, given: str, family: str) -> None:
        """Add an administrator, who signs in with a one-time code."""
        username, code = rescue.add_admin(name, mail, given=given, family=family)
        click.echo(f"Administrator {username} added. One-time code: {code}   (good for 24 hours)")

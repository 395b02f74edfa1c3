"""`flask crm …`: thin commands around app/seed and the other packages' functions."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from .core.modules import Module
from .seed import demo, install, maven


def register(app: Flask, modules: tuple[Module, ...]) -> None:
    """Add the `crm` group to the app's commands."""
    group = AppGroup("crm", help="Prepare and fill an installation.")

    @group.command("init")
    def init_command() -> None:
        """Migrate the database; write permissions, roles, lists, series and the first administrator."""
        password = install.prepare(modules)
        if password is not None:
            click.echo(f"Administrator: admin, one-time password: {password}")

    @group.command("demo")
    @click.option("--customers", default=demo.CUSTOMERS, show_default=True, help="How many customers to make up.")
    def demo_command(customers: int) -> None:
        """Fill an empty database with the demo company."""
        install.prepare(modules)
        click.echo(demo.fill(customers))

    @group.command("load-maven")
    @click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
    def maven_command(folder: Path) -> None:
        """Load the Maven “CRM Sales Opportunities” files from FOLDER."""
        install.prepare(modules)
        for line in maven.load(folder):
            click.echo(line)

    app.cli.add_command(group)

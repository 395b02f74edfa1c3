"""`flask crm …`: thin commands around app/seed and the other packages' functions."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask, current_app

from .activities.queries import find_wrong_last_contacts
from .admincli import add_admin_commands
from .clibase import DeskGroup, refuse_fab_command
from .core.history import seal
from .core.web.modules import Module
from .extensions import db
from .oversight import doctor
from .seed import demo, install
from .translationcli import add_translation_commands


def register(app: Flask, modules: tuple[Module, ...]) -> None:
    """Add the `crm` group to the app's commands. Raises UsageError when the app is loaded for a command that is not offered."""
    refuse_fab_command()
    group = DeskGroup("crm", help="Prepare and fill an installation.")

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

    @group.command("tick")
    def tick_command() -> None:
        """Do what time has brought about: reminders and whatever else happens to overdue tasks. To be run every minute."""
        click.echo(f"{sum(tick() for module in modules for tick in module.ticks)} done")

    add_doctor(group)
    add_history_commands(group)
    add_admin_commands(group)
    add_translation_commands(group)
    app.cli.add_command(group)


def add_doctor(group: DeskGroup) -> None:
    """Add the command that looks for what crossed, and for what is kept of other rows and wrong."""

    @group.command("doctor")
    def doctor_command() -> None:
        """List changes over REST that may have crossed before the upgrade, and wrong last contacts; exit status 1 if there are any."""
        count = wrong = 0
        with db.engine.connect() as connection:
            for number in find_wrong_last_contacts(connection):
                wrong += 1
                click.echo(f"The last contact of customer {number} is not the latest of its activities.")
            for crossing in doctor.find_crossings(connection):
                count += 1
                click.echo(crossing)
        if wrong:
            click.echo(f"{wrong} customers with a wrong last contact. Logging or withdrawing an activity of theirs counts it anew.")
        if count:
            click.echo(f"{count} pairs to look at. See “Upgrading” in docs/OPERATIONS.md.")
        if count or wrong:
            raise click.exceptions.Exit(1)
        click.echo("No change over REST looks as if it had crossed.")


def add_history_commands(group: DeskGroup) -> None:
    """Add the commands that seal the history and check it."""

    @group.command("seal-history")
    @click.option("--every", type=float, help="Go on, sealing every so many seconds.")
    @click.option("--after-restore", is_flag=True, help="First take the last seal that is there as the last one ever made.")
    def seal_command(every: float | None, after_restore: bool) -> None:
        """Link what was committed since the last time into the chain of seals."""
        try:
            if after_restore:
                seal.note_again(db.engine, *find_seal_settings())
            if every is None:
                click.echo(f"{seal.seal(db.engine, *find_seal_settings())} lines sealed")
                return
        except seal.HistoryBroken as fault:
            raise click.ClickException(f"Nothing was sealed: {fault}. See “Sealing the history” in docs/OPERATIONS.md.") from fault
        for lines in seal.run_for_ever(db.engine, *find_seal_settings(), every=every):
            if lines:
                click.echo(f"{lines} lines sealed")

    @group.command("verify-history")
    def verify_command() -> None:
        """Name the first line that was altered, inserted or removed behind the app's back; exit status 1 if there is one."""
        report = seal.verify(db.engine, *find_seal_settings())
        click.echo(f"{report.sealed} lines are sealed.")
        if report.unsealed:
            click.echo(f"{report.unsealed} are not sealed yet, from line {report.first_unsealed} on.")
        click.echo(f"Fault: {report.fault}" if report.fault else "No line was altered, inserted or removed.")
        if report.fault:
            raise click.exceptions.Exit(1)


def find_seal_settings() -> tuple[bytes, Path]:
    """Return the key of the seals and the file that notes the last one."""
    return current_app.config["HISTORY_KEY"].encode(), Path(current_app.config["HISTORY_ANCHOR"])

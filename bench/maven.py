"""Load the Maven “CRM Sales Opportunities” files into a desk: a sales team, its accounts and its deals.

    python bench/maven.py DIR        into the database that the app's own settings name (DATABASE_URL, DATA_DIR)

Offices become departments under the head office; agents Salespeople and managers Regional managers of their office,
closed to sign-in until IT gives them a one-time code. Accounts become customers: signed if they ever won, else leads
in the first status. A won deal becomes a contract in USD, signed and begun on its close date and ending on the same
day of the next year. A lost deal becomes an activity on its close date, an engaged one on its engage date, in its
agent's name. An account belongs to the agent of its most recently won deal; one that never won to the agent of its
most recent lost or open deal, else of most of its prospects (ties as in `maven_files.find_owner`); one that nobody
ever dealt with to the first manager by name, who hands it on.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import click
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import func, select
from sqlalchemy.orm import Session

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from maven_files import ENGAGING, LOST, WON, Deal, Files, Line, find_owner, keep_left_out, read_files, read_value, tell_dirt

from app import create_app
from app.activities.models import Activity
from app.clibase import end_cleanly
from app.contracts.models import Contract
from app.core.access.viewer import as_system
from app.core.base import clock
from app.core.web.modules import discover
from app.core.writes.option_sets import Choice
from app.customers.models import Customer, Status
from app.customers.rules import LEAD, SIGNED
from app.extensions import db
from app.seed import install
from app.seed.errors import SeedRefused
from app.staff.models import Department, InstallationValue, Staff
from config import SettingsError, make_settings

MARK = "maven"
BATCH = 200
OFFICES = {"Central": "中部", "East": "东部", "West": "西部"}
INDUSTRIES = {  # sectors that the seeded list of industries lacks
    "technology": "科技", "marketing": "市场营销", "entertainment": "文娱", "telecommunications": "通信", "services": "服务",
    "employment": "人力资源",
}  # fmt: skip


@dataclass
class Loaded:
    """The ids of what was written."""

    offices: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    customers: dict[str, int] = field(default_factory=dict)


def load(folder: Path, data_dir: Path) -> list[str]:
    """Load the files of the folder in one transaction, once, and return the report: what was met, corrected, left out.

    Rows that are not loaded are written to `maven-not-loaded.csv` in the data folder. Raises SeedRefused when the files
    were loaded before, are not of this shape, or when a count or sum of the database is not the files'.
    """
    files = read_files(folder)
    with as_system("import"):
        session = db.session()
        try:
            if session.get(InstallationValue, MARK) is not None:
                raise SeedRefused("The Maven files have been loaded into this database before. Nothing was changed.")
            session.add(InstallationValue(key=MARK))
            session.flush()
            loaded = Loaded()
            _write_people(session, files, loaded)
            _write_customers(session, files, loaded)
            _write_deals(session, files, loaded)
            report = [*_compare(session, files, loaded), *tell_dirt(files), *keep_left_out(files, data_dir)]
            session.commit()
        except BaseException:
            session.rollback()
            raise
    return report


def _write_people(session: Session, files: Files, loaded: Loaded) -> None:
    """Add offices, managers and agents; someone who is both has both roles."""
    head = session.scalars(select(Department).where(Department.parent_id.is_(None)).order_by(Department.id)).first()
    offices = {
        name: Department(name_zh=OFFICES.get(name, name), name_en=name, parent_id=head.id if head else None)
        for name in sorted({agent.office for agent in files.agents.values()})
    }
    session.add_all(offices.values())
    session.flush()
    roles = {role.name: role for role in session.scalars(select(Role))}
    if not {"Salesperson", "Regional manager"} <= set(roles):
        raise SeedRefused("The roles Salesperson and Regional manager are needed.")
    taken = {name.lower() for name in session.scalars(select(Staff.username))}
    held: dict[str, list[Role]] = defaultdict(list)
    places = files.managers | {agent.name: agent.office for agent in files.agents.values()}
    for name in files.managers:
        held[name].append(roles["Regional manager"])
    for name in files.agents:
        held[name].append(roles["Salesperson"])
    people = {name: _make_person(name, held[name], offices[places[name]], taken) for name in sorted(held)}
    session.add_all(people.values())
    session.flush()
    loaded.offices = {name: row.id for name, row in offices.items()}
    loaded.people = {name: row.id for name, row in people.items()}
    session.expunge_all()


def _make_person(name: str, roles: list[Role], office: Department, taken: set[str]) -> Staff:
    """Return an account without a password: it opens with the one-time code that IT gives."""
    first, _, last = name.rpartition(" ")
    plain = "".join(letter if letter.isalnum() or letter == "-" else "." for letter in name.lower())[:60]
    username, number = plain, 1
    while username in taken:
        number += 1
        username = f"{plain}{number}"
    taken.add(username)
    return Staff(
        username=username, first_name=first or last, last_name=last if first else "", email=f"{username}@maven.example", active=True,
        password=None, must_change_password=True, roles=roles, department_id=office.id, locale="en",
    )  # fmt: skip


def _write_customers(session: Session, files: Files, loaded: Loaded) -> None:
    deals, prospects = defaultdict(list), defaultdict(list)
    for deal in files.deals:
        deals[deal.account].append(deal)
    for line in files.prospects:
        prospects[line["account"]].append(line)
    statuses = {stage: _find_status(session, stage) for stage in (LEAD, SIGNED)}
    industries = _write_industries(session, {line["sector"] for line in files.accounts.values() if line["sector"]})
    overseas = session.scalar(select(Choice.id).where(Choice.list_code == "region", Choice.code == "overseas"))
    rows = {}
    for name, line in files.accounts.items():
        owner = find_owner(files, deals[name], prospects[name])
        if owner is None:
            owner = min(files.managers, default="")
            files.notes.append(f"{name}: nobody ever dealt with it, given to {owner}")
        won = any(deal.stage == WON for deal in deals[name])
        rows[name] = Customer(
            name=name, status_id=statuses[SIGNED if won else LEAD], owner_id=loaded.people.get(owner),
            industry_id=industries.get(line["sector"]), region_id=None if line["office_location"] in ("", "China") else overseas,
            address=line["office_location"], remark=_describe(line),
        )  # fmt: skip
    session.add_all(rows.values())
    session.flush()
    loaded.customers = {name: row.id for name, row in rows.items()}
    session.expunge_all()


def _find_status(session: Session, stage: str) -> int:
    status = select(Status.id).where(Status.stage == stage, Status.is_active.is_(True))
    found = session.scalars(status.order_by(Status.position, Status.id).limit(1)).first()
    if found is None:
        raise SeedRefused(f"There is no status in use of the stage {stage}.")
    return found


def _write_industries(session: Session, sectors: set[str]) -> dict[str, int]:
    """Return the industry of each sector; add those that the list lacks."""
    known = {row.code: row for row in session.scalars(select(Choice).where(Choice.list_code == "industry"))}
    place = max((row.position for row in known.values()), default=0)
    for sector in sorted(sectors - set(known)):
        place += 10
        zh = INDUSTRIES.get(sector, sector.capitalize())
        known[sector] = Choice(list_code="industry", code=sector[:30], name_zh=zh[:60], name_en=sector.capitalize()[:60], position=place)
        session.add(known[sector])
    session.flush()
    return {sector: known[sector].id for sector in sectors}


def _describe(line: Line) -> str:
    words = [
        f"Established {line['year_established']}" if line["year_established"] else "",
        f"revenue {line['revenue']} million USD" if line["revenue"] else "",
        f"{line['employees']} employees" if line["employees"] else "",
        f"subsidiary of {line['subsidiary_of']}" if line["subsidiary_of"] else "",
    ]
    return "; ".join(word for word in words if word)


def _write_deals(session: Session, files: Files, loaded: Loaded) -> None:
    """Add the deals in the order of their days, so that contract numbers follow time."""
    kinds = select(Choice.id).where(Choice.list_code == "activity_kind").order_by((Choice.code != "other"), Choice.position)
    kind_id = session.scalars(kinds.limit(1)).one()
    ordered = sorted(files.deals, key=lambda deal: (deal.day, deal.id))
    for start in range(0, len(ordered), BATCH):
        for deal in ordered[start : start + BATCH]:
            session.add(_make_contract(deal, loaded) if deal.stage == WON else _make_activity(deal, loaded, kind_id))
        session.flush()
        session.expunge_all()


def _make_contract(deal: Deal, loaded: Loaded) -> Contract:
    return Contract(
        customer_id=loaded.customers[deal.account], title=f"{deal.product} {deal.id}", amount=deal.value, currency="USD", status="in_force",
        signed_on=deal.day, start_on=deal.day, end_on=_find_next_year(deal.day),
        remark=f"Opportunity {deal.id}, engaged {deal.engaged or '–'}, won by {deal.agent}",
    )  # fmt: skip


def _find_next_year(day: date) -> date:
    """Return the same day of the next year; the last of February for the 29th."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def _make_activity(deal: Deal, loaded: Loaded, kind_id: int) -> Activity:
    is_lost = deal.stage == LOST
    text = f"Opportunity {deal.id} {'lost' if is_lost else 'engaged'}: {deal.product}"
    return Activity(
        customer_id=loaded.customers[deal.account], author_id=loaded.people[deal.agent], kind_id=kind_id, result=deal.stage,
        happened_at=clock.from_local(datetime.combine(deal.day, time(9))),
        text=f"{text} (engaged {deal.engaged})" if is_lost and deal.engaged else text,
    )  # fmt: skip


def _compare(session: Session, files: Files, loaded: Loaded) -> list[str]:
    """Return the files' counts and sums beside the database's, read back from it. Raises SeedRefused where they differ."""
    ids, offices = list(loaded.customers.values()), list(loaded.offices.values())

    def count(model: type[Any], *where: Any) -> Any:
        return session.scalar(select(func.count()).select_from(model).where(*where)) or 0

    def count_people(names: Iterable[str]) -> Any:
        return count(Staff, Staff.id.in_([loaded.people[name] for name in names]), Staff.department_id.in_(offices))

    mine, did = Contract.customer_id.in_(ids), Activity.customer_id.in_(ids)
    value = session.scalar(select(func.sum(Contract.amount)).where(mine)) or 0
    lost, engaged = (did & (Activity.result == stage) for stage in (LOST, ENGAGING))
    out = Counter(line["deal_stage"] for line, _ in files.left_out)
    won_rows = files.rows_in_stage(WON)
    out_value = sum(read_value(line["close_value"]) or 0 for line, _ in files.left_out if line["deal_stage"] == WON)
    file_value = sum(read_value(line["close_value"]) or 0 for line in won_rows)
    won_accounts = {deal.account for deal in files.deals_in_stage(WON)}
    figures = [  # what, the files', of these not loaded, the database's
        ("Offices", len({agent.office for agent in files.agents.values()}), 0, count(Department, Department.id.in_(offices))),
        ("Managers", len(files.managers), 0, count_people(files.managers)),
        ("Agents", len(files.agents), 0, count_people(files.agents)),
        ("Accounts", len(files.accounts), 0, count(Customer, Customer.id.in_(ids))),
        ("Accounts that won (signed)", len(won_accounts), 0, count(Customer, Customer.id.in_(ids), Customer.stage == SIGNED)),
        ("Won deals (contracts)", len(won_rows), out[WON], count(Contract, mine)),
        ("Value of won deals in USD", file_value, out_value, value),
        ("Lost deals (activities)", len(files.rows_in_stage(LOST)), out[LOST], count(Activity, lost)),
        ("Engaged deals (activities)", len(files.rows_in_stage(ENGAGING)), out[ENGAGING], count(Activity, engaged)),
    ]
    for what, expected, not_loaded, found in figures:
        if expected - not_loaded != found:
            raise SeedRefused(f"{what}: {expected} in the files, {not_loaded} not loaded, {found} in the database. Nothing was written.")
    return [f"{what}: files {_say(a)}, not loaded {_say(b)}, database {_say(c)}" for what, a, b, c in figures]


def _say(number: Any) -> str:
    return f"{number:,.2f}".removesuffix(".00")


@click.command(help="Load the Maven “CRM Sales Opportunities” files from FOLDER into the desk's database.")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@end_cleanly
def main(folder: Path) -> None:
    """Prepare the database that the app's settings name and load the files; print the report."""
    try:
        settings = make_settings() | {"COMMANDS": True}
    except SettingsError as error:
        raise SeedRefused(str(error)) from error
    app = create_app(settings)
    with app.app_context():
        install.prepare(discover("app"))
        for line in load(folder, Path(app.config["DATA_DIR"])):
            click.echo(line)


if __name__ == "__main__":
    main()

"""Read the Maven “CRM Sales Opportunities” files: known dirt corrected and counted, rows that cannot be loaded kept with the reason."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.core.lists.exports import defuse
from app.seed.errors import SeedRefused

LEFT_OUT_FILE = "maven-not-loaded.csv"

COLUMNS = {
    "accounts.csv": ("account", "sector", "year_established", "revenue", "employees", "office_location", "subsidiary_of"),
    "sales_teams.csv": ("sales_agent", "manager", "regional_office"),
    "sales_pipeline.csv": ("opportunity_id", "sales_agent", "product", "account", "deal_stage", "engage_date", "close_date", "close_value"),
}
# Spellings that SOURCE.txt of the files names as wrong: column -> as written -> as meant.
SPELLINGS = {
    "sector": {"technolgy": "technology"},
    "office_location": {"Philipines": "Philippines"},
    "product": {"GTXPro": "GTX Pro"},
}
WON, LOST, ENGAGING, PROSPECTING = "Won", "Lost", "Engaging", "Prospecting"
NO_DATE_YET = "prospecting: no date yet"
NO_ACCOUNT = "no account"
UNKNOWN_ACCOUNT = "account not in accounts.csv"
UNKNOWN_AGENT = "agent not in sales_teams.csv"
UNKNOWN_STAGE = "unknown deal stage"
NO_DATE = "date missing or unreadable"
NO_VALUE = "value missing or unreadable"
REPEATED = "opportunity id repeated"

Line = dict[str, str]


@dataclass(frozen=True)
class Deal:
    """One opportunity that can be loaded. `day` is the close date of a won or lost deal, else the engage date."""

    id: str
    agent: str
    product: str
    account: str
    stage: str
    engaged: date | None
    day: date
    value: Decimal


@dataclass(frozen=True)
class Agent:
    """A salesperson, the manager and the office."""

    name: str
    manager: str
    office: str


@dataclass
class Files:
    """What the files hold, cleaned."""

    accounts: dict[str, Line] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=dict)
    deals: list[Deal] = field(default_factory=list)
    prospects: list[Line] = field(default_factory=list)
    pipeline: list[Line] = field(default_factory=list)
    left_out: list[tuple[Line, str]] = field(default_factory=list)
    corrections: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    @property
    def managers(self) -> dict[str, str]:
        """Return each manager's office: the first one under which the manager stands."""
        found: dict[str, str] = {}
        for agent in self.agents.values():
            found.setdefault(agent.manager, agent.office)
        return found

    def rows_in_stage(self, stage: str) -> list[Line]:
        """Return the pipeline's rows of a stage, loaded or not."""
        return [line for line in self.pipeline if line["deal_stage"] == stage]

    def deals_in_stage(self, stage: str) -> list[Deal]:
        """Return the deals of a stage that can be loaded."""
        return [deal for deal in self.deals if deal.stage == stage]


def read_files(folder: Path) -> Files:
    """Read the three files of a folder. Raises SeedRefused for a missing file or column."""
    files = Files()
    for line in _read_lines(folder, "accounts.csv", files):
        if line["account"] in files.accounts or not line["account"]:
            files.notes.append(f"accounts.csv: row of “{line['account']}” is repeated or without a name and was not loaded")
        else:
            files.accounts[line["account"]] = line
    for line in _read_lines(folder, "sales_teams.csv", files):
        agent = Agent(line["sales_agent"], line["manager"], line["regional_office"])
        if agent.name in files.agents or not all((agent.name, agent.manager, agent.office)):
            files.notes.append(f"sales_teams.csv: row of “{agent.name}” is repeated or incomplete and was not loaded")
            continue
        files.agents[agent.name] = agent
        if files.managers[agent.manager] != agent.office:
            files.notes.append(f"sales_teams.csv: {agent.manager} stands in two offices and belongs to {files.managers[agent.manager]}")
    files.pipeline = list(_read_lines(folder, "sales_pipeline.csv", files))
    seen: set[str] = set()
    for line in files.pipeline:
        _sort_in(files, line, seen)
    return files


def _read_lines(folder: Path, name: str, files: Files) -> Iterable[Line]:
    """Yield the rows of one file, outer spaces gone and known misspellings corrected."""
    path = folder / name
    if not path.is_file():
        raise SeedRefused(f"{path} is missing.")
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [column for column in COLUMNS[name] if column not in (reader.fieldnames or ())]
        if missing:
            raise SeedRefused(f"{path} has no column {', '.join(missing)}.")
        for raw in reader:
            line = {column: (raw[column] or "").strip() for column in COLUMNS[name]}
            for column, spellings in SPELLINGS.items():
                written = line.get(column, "")
                if written in spellings:
                    line[column] = spellings[written]
                    files.corrections[(column, written, spellings[written])] += 1
            yield line


def _sort_in(files: Files, line: Line, seen: set[str]) -> None:
    """Put a row of the pipeline among the deals, or among those left out, with the reason."""
    reason = _find_obstacle(files, line, seen)
    seen.add(line["opportunity_id"])
    if reason is not None:
        files.left_out.append((line, reason))
        if reason == NO_DATE_YET:
            files.prospects.append(line)
        return
    engaged, closed = _read_date(line["engage_date"]), _read_date(line["close_date"])
    day = engaged if line["deal_stage"] == ENGAGING else closed
    assert day is not None  # _find_obstacle has looked
    files.deals.append(
        Deal(
            id=line["opportunity_id"], agent=line["sales_agent"], product=line["product"], account=line["account"],
            stage=line["deal_stage"], engaged=engaged, day=day, value=read_value(line["close_value"]) or Decimal(0),
        )
    )  # fmt: skip


def _find_obstacle(files: Files, line: Line, seen: set[str]) -> str | None:
    """Return why a row cannot be loaded; None when it can."""
    stage = line["deal_stage"]
    date_column = "engage_date" if stage == ENGAGING else "close_date"
    obstacles = (
        (stage not in (WON, LOST, ENGAGING, PROSPECTING), UNKNOWN_STAGE),
        (line["opportunity_id"] in seen, REPEATED),
        (stage == PROSPECTING, NO_DATE_YET),
        (not line["account"], NO_ACCOUNT),
        (line["account"] not in files.accounts, UNKNOWN_ACCOUNT),
        (line["sales_agent"] not in files.agents, UNKNOWN_AGENT),
        (_read_date(line[date_column]) is None, NO_DATE),
        (stage == WON and read_value(line["close_value"]) is None, NO_VALUE),
    )
    return next((reason for is_so, reason in obstacles if is_so), None)


def _read_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_value(text: str) -> Decimal | None:
    """Return an amount of zero or more with at most two decimals; None for anything else."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() and value >= 0 and value == round(value, 2) else None


def find_owner(files: Files, deals: Iterable[Deal], prospects: Iterable[Line]) -> str | None:
    """Return the agent who is to own an account, from its deals and prospects; None when nobody ever dealt with it.

    Who won the most recent deal; among several of that day who won more of this account's deals, then the first by
    name. Without a won deal the same of its lost and open deals, and last of its undated prospects.
    """
    known = list(deals)
    for stages in ((WON,), (LOST, ENGAGING)):
        chosen = [deal for deal in known if deal.stage in stages]
        if chosen:
            latest = max(deal.day for deal in chosen)
            number = Counter(deal.agent for deal in chosen)
            return min((deal.agent for deal in chosen if deal.day == latest), key=lambda name: (-number[name], name))
    number = Counter(line["sales_agent"] for line in prospects if line["sales_agent"] in files.agents)
    return min(number, key=lambda name: (-number[name], name)) if number else None


def tell_dirt(files: Files) -> list[str]:
    """Return what was corrected, how often, and what else a reader of the files should know."""
    corrected = [
        f"Corrected: {column} “{written}” to “{meant}”, {times} rows"
        for (column, written, meant), times in sorted(files.corrections.items())
    ]
    return corrected + [f"Note: {note}" for note in dict.fromkeys(files.notes)]


def keep_left_out(files: Files, folder: Path) -> list[str]:
    """Write the rows that were not loaded to a file in the folder, each with its reason; return their counts."""
    without = sum(not line["account"] for line in files.pipeline)
    lines = [f"Pipeline: {len(files.pipeline):,} rows, {len(files.deals):,} loaded, {len(files.left_out):,} not loaded"]
    lines += [f"Not loaded: {number:,} rows, {reason}" for reason, number in Counter(reason for _, reason in files.left_out).most_common()]
    prospects = sum(not line["account"] for line in files.prospects)
    lines.append(f"Rows without an account: {without:,}, {prospects:,} of them counted above as “{NO_DATE_YET}”")
    if files.left_out:
        path = folder / LEFT_OUT_FILE
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*COLUMNS["sales_pipeline.csv"], "reason"])
            writer.writerows([*(defuse(value or "") for value in line.values()), reason] for line, reason in files.left_out)
        lines.append(f"Every row not loaded, with its reason: {path}")
    return lines

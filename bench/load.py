"""Fill a database that `flask --app run crm init` has prepared: customers by COPY, every column as the gate would write it.

    python bench/load.py postgresql://…/database 100000

Field history is the one thing left out: the rows stand as if they had been there before it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import psycopg
from company import (
    ACTIVITIES,
    CHEAP_HASH,
    DEPARTMENTS,
    MAX_ACTIVITIES,
    PASSWORD,
    SALESPEOPLE,
    copy_rows,
    is_signed,
    make_name,
    make_phone,
    read_rows,
)
from psycopg import sql
from werkzeug.security import generate_password_hash

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.core.writes.numbering import compose
from app.customers.rules import make_search_text


@dataclass(frozen=True)
class Ground:
    """What `crm init` put there, and the people: ids that the rows refer to."""

    leads: list[int]
    signed: int
    terminated: int
    choices: dict[str, list[int]]
    priority: tuple[int, int]
    series: dict[str, tuple[str, int, int]]
    sellers: list[tuple[int, int]]
    now: datetime


def make_people(connection: Any) -> list[tuple[int, int]]:
    """Make the departments and salespeople, open `admin`; return (person, department) of each salesperson."""
    hashed = generate_password_hash(PASSWORD, CHEAP_HASH)
    connection.execute("UPDATE ab_user SET password = %s, must_change_password = false WHERE username = 'admin'", [hashed])
    head = read_rows(connection, "SELECT id FROM department ORDER BY id LIMIT 1")[0][0]
    places = [
        connection.execute(
            "INSERT INTO department (parent_id, name_zh, name_en, position, is_active, row_version)"
            " VALUES (%s, %s, %s, %s, true, 1) RETURNING id",
            [head, f"第{n}区", f"Region {n}", n],
        ).fetchone()[0]
        for n in range(1, DEPARTMENTS + 1)
    ]
    role = read_rows(connection, "SELECT id FROM ab_role WHERE name = 'Salesperson'")[0][0]
    people = []
    for n in range(SALESPEOPLE):
        person = connection.execute(
            "INSERT INTO ab_user (id, first_name, last_name, username, password, active, email, department_id)"
            " VALUES ((SELECT max(id) + 1 FROM ab_user), %s, 'Seller', %s, %s, true, %s, %s) RETURNING id",
            [f"Person{n + 1}", f"sales{n + 1}", hashed, f"sales{n + 1}@example.com", places[n % DEPARTMENTS]],
        ).fetchone()[0]
        connection.execute(
            "INSERT INTO ab_user_role (id, user_id, role_id) VALUES ((SELECT coalesce(max(id), 0) + 1 FROM ab_user_role), %s, %s)",
            [person, role],
        )
        # By the key of its user name an account is found at the sign-in; these names are their own keys.
        connection.execute("INSERT INTO identity (kind, scope, key, row_id) VALUES ('account', '', %s, %s)", [f"sales{n + 1}", person])
        people.append((person, places[n % DEPARTMENTS]))
    return people


def read_ground(connection: Any) -> Ground:
    """Read what the rows refer to; make the people."""
    stages: dict[str, list[int]] = {}
    for key, stage in read_rows(connection, "SELECT id, stage FROM status ORDER BY position"):
        stages.setdefault(stage, []).append(key)
    choices: dict[str, list[int]] = {}
    for key, code in read_rows(connection, "SELECT id, list_code FROM choice ORDER BY position"):
        choices.setdefault(code, []).append(key)
    series = {code: rest for code, *rest in read_rows(connection, "SELECT code, pattern, year, length FROM number_series ORDER BY year")}
    return Ground(
        leads=stages["lead"], signed=stages["signed"][0], terminated=stages["terminated"][0], choices=choices,
        priority=read_rows(connection, "SELECT id, hours FROM priority ORDER BY position DESC LIMIT 1")[0],
        series={code: tuple(rest) for code, rest in series.items()}, sellers=make_people(connection),
        now=datetime.now(UTC).replace(tzinfo=None, microsecond=0),
    )  # fmt: skip


def find_number(ground: Ground, code: str, sequence: int) -> str:
    """Return a number of a series as the gate composes it."""
    pattern, year, _length = ground.series[code]
    return compose(pattern, year, sequence)


def make_customers(ground: Ground, count: int) -> Iterator[tuple[Any, ...]]:
    """Yield the customers."""
    random = Random(7)
    for key in range(1, count + 1):
        name, number = make_name(key), find_number(ground, "customer", key)
        owner, department = ground.sellers[key % SALESPEOPLE]
        status, stage, reason, ended = ground.leads[key % len(ground.leads)], "lead", "", None
        if is_signed(key):
            status, stage = ground.signed, "signed"
        elif key % 20 == 0:
            status, stage, reason, ended = ground.terminated, "terminated", "closed down", ground.now.date() - timedelta(days=30)
        created = ground.now - timedelta(seconds=random.randrange(2 * 365 * 86400))
        follow = ground.now.date() + timedelta(days=random.randrange(60)) if key % 2 else None
        yield (
            key, number, name, name.lower(), status, stage, reason, ended, random.choice(ground.choices["industry"]),
            random.choice(ground.choices["region"]), random.choice(ground.choices["source"]),
            f"{key % 900 + 1} Long Road", "", None,
            "Call again" if follow else "", follow, "open" if follow else None, 0, "",
            make_search_text(name, number, None, [make_phone(key)]), created, owner, owner, department, 1,
        )  # fmt: skip


def make_contacts(ground: Ground, count: int) -> Iterator[tuple[Any, ...]]:
    """Yield one primary contact for each customer."""
    for key in range(1, count + 1):
        owner, department = ground.sellers[key % SALESPEOPLE]
        yield key, key, f"Contact {key}", "", make_phone(key), f"c{key}@example.com", True, ground.now, owner, owner, department, 1


def make_activities(ground: Ground, count: int) -> Iterator[tuple[Any, ...]]:
    """Yield ten activities for each customer, two million at most, over the last twelve months."""
    random, key = Random(8), 0
    kinds, words = ground.choices["activity_kind"], ("price", "contract", "visit", "samples", "delivery", "invoice")
    for _round in range(min(ACTIVITIES, MAX_ACTIVITIES // count)):
        for customer in range(1, count + 1):
            key += 1
            owner, department = ground.sellers[customer % SALESPEOPLE]
            at = ground.now - timedelta(seconds=random.randrange(365 * 86400))
            text = f"Spoke about {random.choice(words)}, call {key}"
            yield key, customer, random.choice(kinds), at, at, owner, department, text, "", "", "", at, owner, owner, department, 1


def make_contracts(ground: Ground, count: int) -> Iterator[tuple[Any, ...]]:
    """Yield one contract in force for each signed customer."""
    today: date = ground.now.date()
    for sequence, customer in enumerate(filter(is_signed, range(1, count + 1)), 1):
        owner, department = ground.sellers[customer % SALESPEOPLE]
        number, title = find_number(ground, "contract", sequence), f"{make_name(customer)} hosting"
        start = today - timedelta(days=sequence % 300)
        yield (
            sequence, number, customer, title, 1000 + sequence % 90_000, "CNY", start, start, start + timedelta(days=364),
            "in_force", "", "",
            f"{number} {title}".lower(), ground.now, owner, owner, department, 1,
        )  # fmt: skip


def make_tickets(ground: Ground, count: int) -> Iterator[tuple[Any, ...]]:
    """Yield one open ticket for each signed customer."""
    priority, hours = ground.priority
    categories = ground.choices["ticket_category"]
    for sequence, customer in enumerate(filter(is_signed, range(1, count + 1)), 1):
        owner, department = ground.sellers[customer % SALESPEOPLE]
        number, subject = find_number(ground, "ticket", sequence), f"Line {sequence} is down"
        at = ground.now - timedelta(hours=sequence % 2000)
        yield (
            sequence, number, customer, sequence, subject, "", categories[sequence % len(categories)], priority, "open", "", at,
            at + timedelta(hours=hours), f"{number} {subject}".lower(), at, owner, owner, department, 1,
        )  # fmt: skip


def make_ledger(ground: Ground, counts: dict[str, int]) -> Iterator[tuple[Any, ...]]:
    """Yield the ledger's line of every number."""
    for code, count in counts.items():
        _pattern, year, length = ground.series[code]
        for sequence in range(1, count + 1):
            yield find_number(ground, code, sequence), code, year, length, sequence, ground.now, ground.sellers[0][0], "used", ""


OWNED = "created_at created_by_id owner_id department_id row_version"
COLUMNS = {
    "issued_number": "number code year length sequence issued_at issued_by_id fate reason",
    "customer": "id number name sort_name status_id stage status_reason ended_on industry_id region_id source_id address website"
    " credit_code"
    f" next_step next_step_on next_step_state next_step_postponed remark search_text {OWNED}",
    "contact": f"id customer_id name title phone mail is_primary {OWNED}",
    "activity": "id customer_id kind_id happened_at entered_at author_id author_department_id text result next_step withdrawn_reason "
    + OWNED,
    "contract": "id number customer_id title amount currency signed_on start_on end_on status status_reason remark search_text " + OWNED,
    "ticket": "id number customer_id contract_id subject description category_id priority_id status status_reason reported_at due_at"
    f" search_text {OWNED}",
}


def drop_indexes(connection: Any, tables: Iterable[str]) -> list[str]:
    """Drop the tables' indexes that no constraint needs; return the statements that make them again."""
    found = read_rows(
        connection,
        "SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE i.tablename = ANY(%s) AND i.schemaname = current_schema()"
        " AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = quote_ident(i.indexname)::regclass)",
        list(tables),
    )
    for name, _definition in found:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    return [definition for _name, definition in found]


def finish(connection: Any, indexes: list[str], counts: dict[str, int]) -> None:
    """Make the indexes again; set the series and the sequences to what was issued."""
    connection.execute("SET maintenance_work_mem = '512MB'")
    for statement in indexes:
        connection.execute(statement)
    connection.execute(
        "UPDATE customer SET last_contact_at = a.happened_at, last_contact_kind_id = a.kind_id, last_contact_with_id = a.contact_id FROM"
        " (SELECT DISTINCT ON (customer_id) * FROM activity ORDER BY customer_id, happened_at DESC, id DESC) a"
        " WHERE a.customer_id = customer.id"
    )
    for code, count in counts.items():
        connection.execute(
            "UPDATE number_series SET last_value = %s"
            " WHERE (code, year) = (SELECT code, max(year) FROM number_series WHERE code = %s GROUP BY code)",
            [count, code],
        )
    for table in ("customer", "contact", "activity", "contract", "ticket"):
        connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
    for table in ("ab_user", "ab_user_role"):
        connection.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")


def check_loaded(connection: Any) -> None:
    """Fail loudly when a number, an owner or a stage does not fit."""
    wrong = read_rows(
        connection,
        "SELECT (SELECT count(*) FROM issued_number) - (SELECT sum(last_value) FROM number_series),"
        " (SELECT count(*) FROM customer c LEFT JOIN status s ON (s.id, s.stage) = (c.status_id, c.stage) WHERE s.id IS NULL),"
        " (SELECT count(*) FROM customer c JOIN ab_user u ON u.id = c.owner_id WHERE u.department_id <> c.department_id),"
        " (SELECT count(*) FROM customer c LEFT JOIN issued_number n USING (number) WHERE n.number IS NULL)",
    )[0]
    if any(wrong):
        raise SystemExit(f"The loaded rows do not fit together: {wrong}")


def load(url: str, count: int) -> None:
    """Fill the prepared database with this many customers and what belongs to them."""
    signed = sum(map(is_signed, range(1, count + 1)))
    counts = {"customer": count, "contract": signed, "ticket": signed}
    with psycopg.connect(url) as connection:
        if read_rows(connection, "SELECT 1 FROM customer LIMIT 1"):
            raise SystemExit("There are customers in this database already.")
        if read_rows(connection, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user")[0][0]:
            connection.execute("SET session_replication_role = replica")  # no foreign key check per row; check_loaded looks instead
        ground = read_ground(connection)
        indexes = drop_indexes(connection, COLUMNS)
        makers = {
            "customer": make_customers,
            "contact": make_contacts,
            "activity": make_activities,
            "contract": make_contracts,
            "ticket": make_tickets,
        }
        copy_rows(connection, "issued_number", COLUMNS["issued_number"].split(), make_ledger(ground, counts))
        for table, make in makers.items():
            copy_rows(connection, table, COLUMNS[table].split(), make(ground, count))
        finish(connection, indexes, counts)
        check_loaded(connection)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    load(sys.argv[1], int(sys.argv[2]))

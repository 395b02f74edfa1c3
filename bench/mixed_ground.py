"""Read from the filled database what each person of the mixed load works on: records of their own, and shared ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from mixed_oracle import read
from mixed_person import Person
from mixed_work import Director, Ground, Manager, Pool, Seller, Service, Worker
from sqlalchemy import Engine

REGIONS, SALESPEOPLE, MAINTENANCE, DIRECTORS = 6, 48, 8, 2
MANAGED = 6  # of each salesperson's signed customers, these last ones are written by the manager alone
SHARED_TICKETS = 10


def list_names(count: int) -> list[str]:
    """Return who works in a run of so many clients: of eight, five sell, one manages, two maintain; the last of many only read."""
    sellers = iter(range(1, SALESPEOPLE + 1))
    others = [*(f"manager{n}" for n in range(1, REGIONS + 1)), *(f"director{n}" for n in range(1, DIRECTORS + 1))]
    names: list[str] = []
    for turn in range(MAINTENANCE):
        names += [others[turn], f"service{turn + 1}", *(f"sales{next(sellers)}" for _ in range(6))]
    names[7:7] = ["service2"]
    return list(dict.fromkeys(names))[:count]


def read_ground(engine: Engine) -> Ground:
    """Return what new records refer to."""
    stages = {row.stage: row.id for row in read(engine, "SELECT stage, id FROM status ORDER BY position DESC")}
    kind = read(engine, "SELECT id FROM choice WHERE list_code = 'activity_kind' ORDER BY position LIMIT 1")[0][0]
    priority = read(engine, "SELECT id FROM priority ORDER BY position LIMIT 1")[0][0]
    signed = frozenset(row.id for row in read(engine, "SELECT id FROM customer WHERE stage = 'signed'"))
    return Ground(stages["lead"], stages["terminated"], kind, priority, datetime.now(UTC).date().isoformat(), signed)


def read_pool(engine: Engine, customers: Sequence[int]) -> Pool:
    """Return these customers with their first activities, contracts and tickets."""
    pool, chosen = Pool(customers=list(customers)), set(customers)
    for table, ids in (("activity", pool.activities), ("contract", pool.contracts), ("ticket", pool.tickets)):
        where = " WHERE status IN ('draft', 'in_force')" if table == "contract" else ""
        ids.extend(row.id for row in read(engine, f"SELECT id, customer_id FROM {table}{where} ORDER BY id") if row.customer_id in chosen)
    return pool


def read_shared(engine: Engine) -> Pool:
    """Return the customers that are lent to everybody, with their contracts, and the tickets that all of maintenance writes."""
    pool = read_pool(engine, sorted({row.row_id for row in read(engine, "SELECT row_id FROM share WHERE module = 'Customers'")}))
    pool.tickets = [row.id for row in read(engine, "SELECT id FROM ticket ORDER BY id LIMIT :most", most=SHARED_TICKETS)]
    return pool


def read_workers(engine: Engine, port: int, names: Sequence[str], run: str, seed: int) -> list[Worker]:
    """Return the people of a run with what each of them writes; nobody's own records are another's."""
    ground, shared = read_ground(engine), read_shared(engine)
    people = {row.username: row for row in read(engine, "SELECT id, username, department_id FROM ab_user")}
    owned: dict[int, list[int]] = {}
    managed: dict[int, list[int]] = {}
    rows = read(engine, "SELECT id, owner_id, department_id FROM customer WHERE stage <> 'terminated' AND name NOT LIKE 'mx%' ORDER BY id")
    for row in (row for row in rows if row.id not in shared.customers):
        owned.setdefault(row.owner_id, []).append(row.id)
    departments = {person.id: person.department_id for person in people.values()}
    for owner, customers in owned.items():
        given = [key for key in customers if key in ground.signed][-MANAGED:]
        managed.setdefault(departments[owner], []).extend(given)
        owned[owner] = [key for key in customers if key not in given]
    states = {row.id: row.status for row in read(engine, "SELECT id, status FROM ticket ORDER BY id")}
    tickets = [key for key in states if key not in shared.tickets]
    helpers = sorted(name for name in people if name.startswith("service"))
    workers: list[Worker] = []
    for name in names:
        person = Person(port, name, people[name].id, run, seed)
        if name.startswith("sales"):
            workers.append(Seller(person, read_pool(engine, owned[person.actor]), shared, ground))
        elif name.startswith("manager"):
            place = people[name].department_id
            lent = [row.id for row in rows if row.id in shared.customers and row.department_id == place]
            workers.append(Manager(person, read_pool(engine, managed[place]), read_pool(engine, lent), ground))
        elif name.startswith("service"):
            own = Pool(tickets=tickets[helpers.index(name) :: len(helpers)])
            workers.append(Service(person, own, shared, ground))
            workers[-1].states = states
        else:
            workers.append(Director(person, shared, shared, ground))
    return workers

"""The demo company's customers, their contacts and what was talked about."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from ..activities.models import Activity
from ..core.base import clock
from ..customers.models import Contact, Customer
from ..customers.rules import CREDIT_CODE_LETTERS, LEAD, SIGNED, TERMINATED, find_check_character
from . import demo_words as words
from .demo_plan import BATCH, Client, Plan

# Places in the seeded statuses (five, in their order): a round of twenty customers, each status among its first twelve.
ROUND = [3, 1, 2, 3, 0, 4, 3, 2, 1, 3, 2, 0, 3, 1, 3, 2, 0, 3, 1, 3]
ACTIVITIES_EACH = 8
Draft = tuple[date, str, int, str]  # since, salesperson, status, stage


def write_customers(session: Session, plan: Plan, total: int) -> None:
    """Add the customers, oldest first, so that numbers follow time; every salesperson has some."""
    drafts = sorted(_plan_customer(plan, place) for place in range(total))
    names, codes = set[str](), set[str]()
    for start in range(0, total, BATCH):
        part = drafts[start : start + BATCH]
        rows = [_make_customer(plan, draft, names, codes) for draft in part]
        session.add_all(rows)
        session.flush()
        plan.clients += [
            Client(row.id, row.stage, seller, since, tuple(contact.id for contact in row.contacts))
            for row, (since, seller, _, _) in zip(rows, part, strict=True)
        ]
        session.expunge_all()


def _plan_customer(plan: Plan, place: int) -> Draft:
    """Return since when it is known, to whom it belongs, and its status: signed ones have been known for longer."""
    status_id, stage = plan.statuses[ROUND[place % len(ROUND)] % len(plan.statuses)]
    is_old = stage != LEAD and plan.random.random() < 0.7
    since = plan.day_before(400, 900) if is_old else plan.day_before(20, 400)
    # The first nine customers go round all salespeople and regions; after that some sell more than others.
    seller = f"sales{place * 3 % 9 + place // 3 % 3 + 1}" if place < 9 else f"sales{plan.random.randint(1, 9)}"
    return since, seller, status_id, stage


def _make_customer(plan: Plan, draft: Draft, names: set[str], codes: set[str]) -> Customer:
    random = plan.random
    since, seller, status_id, stage = draft
    code, _, _, cities = words.REGIONS[(int(seller.removeprefix("sales")) - 1) // 3]
    city = random.choice(cities)
    trade = random.choice(list(words.TRADES))
    name, site, is_foreign = _invent_name(plan, city, trade, names)
    row = Customer(
        name=name, status_id=status_id, owner_id=plan.staff_ids[seller], created_at=_morning_of(since),
        industry_id=plan.choice("industry", trade), region_id=plan.choice("region", code),
        source_id=plan.choice("source", random.choice(words.SOURCES)), website=f"https://www.{site}.example",
        address=f"{city[0]}市{random.choice(words.STREETS)}{random.randint(1, 980)}号",
        credit_code=None if random.random() < 0.15 else _invent_credit_code(plan, city[2], codes),
    )  # fmt: skip
    if stage == TERMINATED:
        row.status_reason = random.choice(words.TERMINATION_REASONS)
        row.ended_on = max(since, plan.day_before(1, 200))
    for nth in range(random.choice([1, 1, 2, 2, 3])):
        row.contacts.append(_make_contact(plan, city, site, is_first=nth == 0, is_foreign=is_foreign))
    return row


def _morning_of(day: date) -> datetime:
    return clock.from_local(datetime.combine(day, time(9, 30)))


def _invent_name(plan: Plan, city: tuple[str, ...], trade: str, names: set[str]) -> tuple[str, str, bool]:
    """Return a name nobody has yet, the site it stands on, and whether its people write English."""
    random = plan.random
    while True:
        zh, en = random.choice(words.BRANDS)
        ending_zh, ending_en = random.choice(words.TRADES[trade])
        kind = random.random()
        if kind < 0.18:
            en = random.choice(words.ENGLISH_BRANDS)
            name = f"{en} {ending_en} ({city[1]}) Ltd"
        elif kind < 0.35:
            name = f"{city[0]}{zh}{ending_zh}有限公司 {en} {ending_en}"
        else:
            name = f"{city[0]}{zh}{ending_zh}有限公司"
        if name not in names:
            names.add(name)
            return name, f"{en.replace(' ', '').lower()}-{len(names)}", kind < 0.18


def _invent_credit_code(plan: Plan, area: str, codes: set[str]) -> str:
    """Return a code nobody has yet: enterprise registered with the market authority, area, organisation, check character."""
    while True:
        body = f"91{area}" + "".join(plan.random.choices(CREDIT_CODE_LETTERS, k=9))
        if body not in codes:
            codes.add(body)
            return body + find_check_character(body)


def _make_contact(plan: Plan, city: tuple[str, ...], site: str, *, is_first: bool, is_foreign: bool) -> Contact:
    random = plan.random
    if is_foreign:
        name, title = random.choice(words.FOREIGN_NAMES), random.choice(words.FOREIGN_TITLES)
        box = name.lower().replace(" ", ".")
    else:
        (last, last_py), (first, first_py) = random.choice(words.FAMILY_NAMES), random.choice(words.FIRST_NAMES)
        name, title, box = last + first, random.choice(words.TITLES), f"{first_py}.{last_py}"
    is_mobile = random.random() < 0.6
    phone = f"199 0000 {random.randint(0, 9999):04}" if is_mobile else f"{city[3]}-5550 {random.randint(0, 9999):04}"
    return Contact(name=name, title=title, phone=phone, mail=f"{box}@{site}.example", is_primary=is_first)


def write_activities(session: Session, plan: Plan) -> None:
    """Add about eight activities a customer over the last twelve months, oldest first, by the owner or a colleague."""
    year_ago = plan.today - timedelta(days=364)
    wanted: list[tuple[datetime, Client]] = []
    last: dict[int, datetime] = {}
    for client in plan.clients:
        number = plan.random.randint(ACTIVITIES_EACH - 5, ACTIVITIES_EACH + 5)
        until = plan.today if client.stage != TERMINATED else plan.day_before(1, 60)
        times = sorted(plan.instant(max(client.since, year_ago), max(until, client.since)) for _ in range(number))
        wanted += [(at, client) for at in times]
        last[client.id] = times[-1]
    wanted.sort(key=lambda pair: (pair[0], pair[1].id))
    for place, (at, client) in enumerate(wanted, 1):
        row = _make_activity(plan, client, at)
        if at == last.get(client.id):
            del last[client.id]
            _plan_next_step(plan, client, row)
        session.add(row)
        if place % BATCH == 0 or place == len(wanted):
            session.flush()
            session.expunge_all()


def _make_activity(plan: Plan, client: Client, at: datetime) -> Activity:
    random = plan.random
    kind = random.choices(list(words.KIND_WEIGHTS), list(words.KIND_WEIGHTS.values()))[0]
    text, result = random.choice(words.ACTIVITIES[kind])
    author = client.owner
    if random.random() < 0.12:  # a colleague of the region stood in, so that author and owner are seen to differ
        first = (int(client.owner.removeprefix("sales")) - 1) // 3 * 3 + 1
        author = f"sales{random.randint(first, first + 2)}"
    entered = min(at + timedelta(minutes=random.randint(2, 45)), plan.now)
    spoken_to = random.choice(client.contacts) if random.random() < 0.8 else None
    return Activity(
        customer_id=client.id, contact_id=spoken_to,
        kind_id=plan.choice("activity_kind", kind), happened_at=at, entered_at=entered, created_at=entered,
        author_id=plan.staff_ids[author], text=text, result=result,
    )  # fmt: skip


def _plan_next_step(plan: Plan, client: Client, row: Activity) -> None:
    """Give most customers a next step; a few of them lie in the past, as they do."""
    random, chance = plan.random, {LEAD: 0.8, SIGNED: 0.45}.get(client.stage, 0)
    if random.random() < chance:
        row.next_step, row.next_step_on = random.choice(words.NEXT_STEPS), plan.today + timedelta(days=random.randint(-6, 30))
        row.next_step_at = time(random.randint(9, 17), random.choice((0, 30))) if random.random() < 0.4 else None

"""Who gets what from every route, written by hand: the test sends each request and compares.

A grid names people and, for each record, one letter; records stand in the order of their owners: south1 (south),
south2 (south city, below south), north1 (north; this one's customers are shared with south2, to read). Letters: y shown,
w written, 3 denied (no such right), 4 hidden (as if it did not exist), r refused or harmless (nothing is written),
L asked to sign in. Who is not named gets 3 everywhere; who is not signed in gets L, unless `anybody` is named.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# --- grids -----------------------------------------------------------------------------------------------------------
SEE = "south1:y44 south2:4yy north1:44y boss_south:yy4 boss_north:44y selling_boss:yy4 director:yyy chief:yyy"
SEE_TICKETS = SEE + " service1:yyy service2:yyy"
# The shared record is lent to read: its page opens, its form does not.
OPEN_FORM = "south1:y44 south2:4y3 north1:44y boss_south:yy4 boss_north:44y selling_boss:yy4 chief:yyy"
SAVE = "south1:w44 south2:4w3 north1:44w boss_south:ww4 boss_north:44w selling_boss:ww4 chief:www"
# The same by a button of the page: the refusal is a sentence on the page.
PRESS = SAVE.replace("4w3", "4wr")
# Managers see activities but do not write in them; the selling boss edits as a salesperson, so own ones only.
OPEN_ACTIVITY_FORM = "south1:y44 south2:4y3 north1:44y selling_boss:334 chief:yyy"
SAVE_ACTIVITY = OPEN_ACTIVITY_FORM.replace("y", "w")
# Own leads only, for the selling boss too.
DELETE = "south1:w44 south2:4wr north1:44w selling_boss:rr4 chief:www"
DELETE_BY_REST = "south1:w44 south2:4w3 north1:44w selling_boss:334 chief:www"
ADD_ACTIVITY = "south1:wrr south2:rww north1:rrw selling_boss:wwr chief:www"
ADD_CONTRACT = "south1:wrr south2:rwr north1:rrw selling_boss:wwr chief:www"
OPEN_TICKET_FORM = "service1:yyy service2:yyy chief:yyy"
WRITE_TICKETS = OPEN_TICKET_FORM.replace("y", "w")

SELLERS = "south1:y south2:y north1:y selling_boss:y chief:y"
EDITORS = SELLERS + " boss_south:y boss_north:y"
READERS = EDITORS + " director:y"
TICKET_READERS = READERS + " service1:y service2:y"
TICKET_WRITERS = "service1:y service2:y chief:y"
IT_SEES, IT_WRITES = "it:y chief:y", "it:w chief:w"
LEDGER = "director:y it:y chief:y"
STAFFED = TICKET_READERS + " it:y"  # everybody with a role
SIGNED_IN = STAFFED + " nobody:y"
EVERYBODY = SIGNED_IN + " anybody:y"
NO_SUCH_THING = " ".join(entry[:-1] + "4" for entry in SIGNED_IN.split())

MANAGERS = "boss_south:y boss_north:y selling_boss:y chief:y"
SEE_HANDOVER = "boss_south:yy4 boss_north:44y selling_boss:yy4 chief:yyy"
REASSIGN = SEE_HANDOVER
# What a person was given (each owner's lead came by a handover): the receiver alone reads it there; managers print all of it.
RECEIVED = "south1:y44 south2:4y4 north1:44y " + " ".join(
    f"{name}:444" for name in "boss_south boss_north selling_boss director service1 service2 it nobody chief".split()
)
PRINTED = RECEIVED.replace("boss_south:444", "boss_south:yy4").replace("boss_north:444", "boss_north:44y").replace(
    "selling_boss:444", "selling_boss:yy4"
).replace("chief:444", "chief:yyy")  # fmt: skip

# Whose record it is reads why they see it; who manages it reads who else does.
REACH = "south1:344 south2:433 north1:443 boss_south:yy4 boss_north:44y selling_boss:yy4 director:333 chief:yyy"
REACH_TICKET = REACH + " service1:333 service2:333"
RESTORE = "south1:w44 south2:4w4 north1:44w boss_south:ww4 boss_north:44w selling_boss:ww4 chief:www"


def repeat(grid: str, letter: str, times: int = 1) -> str:
    """Return a grid of one column with its letter changed and repeated."""
    return " ".join(f"{entry.split(':')[0]}:{letter * times}" for entry in grid.split())


@dataclass(frozen=True)
class Route:
    """One request: which records it is sent for, who gets what, and what it carries."""

    grid: str
    kind: str = ""  # of prepare_records; '' for a route without a record
    body: dict[str, Any] = field(default_factory=dict)
    path: str = ""  # where the address differs from the rule's text

    def expected(self, person: str) -> str:
        """Return the person's letters."""
        cells = dict(entry.split(":") for entry in self.grid.split())
        columns = len(next(iter(cells.values())))
        return cells.get(person, ("L" if person == "anybody" else "3") * columns)


FORM = {"row_version": "{row_version}"}
CUSTOMER = {"name": "Written Ltd", "status": "{lead_status}"}
ACTIVITY = {"kind": "{kind}", "happened_at": "2026-01-05T10:00", "text": "Written"}
CONTRACT = {"title": "Written", "amount": "7", "currency": "CNY"}
TICKET = {"subject": "Written", "priority": "{priority}"}
NAMED = {"name_zh": "写", "name_en": "Written", "position": "5"}
PERSON = {"first_name": "Written", "username": "written", "email": "written@example.com", "active": "y"}
FILE = {"file": "written.pdf"}

ROUTES: dict[str, Route] = {
    # customers
    "GET /customers/": Route(READERS),
    "GET /customers/list/": Route(READERS),
    "GET /customers/show/<pk>": Route(SEE, "signed"),
    "GET /customers/edit/<pk>": Route(OPEN_FORM, "signed"),
    "POST /customers/edit/<pk>": Route(SAVE, "lead", {**CUSTOMER, **FORM}),
    "GET /customers/add": Route(SELLERS),
    "POST /customers/add": Route(repeat(SELLERS, "w"), body=CUSTOMER),
    "POST /customers/delete/<pk>": Route(DELETE, "lead"),
    "POST /customers/status/<pk>": Route(PRESS, "lead", {"status": "{other_status}"}),
    "POST /customers/move/<pk>": Route(repeat(EDITORS, "4", 3), "signed", {"move": "terminate"}),
    "POST /customers/action/<string:name>/<pk>": Route(repeat(SIGNED_IN, "4", 3), "signed", path="/customers/action/delete/{pk}"),
    "POST /customers/action_post": Route(repeat(SIGNED_IN, "4", 3), "signed", {"action": "delete", "rowid": "{pk}"}),
    "GET /api/v1/customers/": Route(READERS),
    "GET /api/v1/customers/_info": Route(READERS),
    "POST /api/v1/customers/": Route(repeat(SELLERS, "w"), body={"name": "Written Ltd", "status_id": "{lead_status}"}),
    "GET /api/v1/customers/<int:pk>": Route(SEE, "signed"),
    "PUT /api/v1/customers/<pk>": Route(SAVE, "signed", {"remark": "Written"}),
    "DELETE /api/v1/customers/<pk>": Route(DELETE_BY_REST, "lead"),
    # activities
    "GET /activities/": Route(READERS),
    "GET /activities/list/": Route(READERS),
    "GET /activities/show/<pk>": Route(SEE, "activity"),
    "GET /activities/edit/<pk>": Route(OPEN_ACTIVITY_FORM, "activity"),
    "POST /activities/edit/<pk>": Route(SAVE_ACTIVITY, "activity", {**ACTIVITY, "happened_at": "{happened_at}", **FORM}),
    "GET /activities/add": Route(SELLERS),
    "POST /activities/add": Route(ADD_ACTIVITY, "signed", {**ACTIVITY, "customer": "{pk}"}),
    "POST /activities/withdraw/<pk>": Route(PRESS, "activity", {"withdrawn_reason": "wrong"}),
    "POST /activities/move/<pk>": Route(repeat(SELLERS, "4", 3), "activity", {"move": "void"}),
    "POST /activities/action/<string:name>/<pk>": Route(repeat(SIGNED_IN, "4", 3), "activity", path="/activities/action/delete/{pk}"),
    "POST /activities/action_post": Route(repeat(SIGNED_IN, "4", 3), "activity", {"action": "delete", "rowid": "{pk}"}),
    "GET /api/v1/activities/": Route(READERS),
    "GET /api/v1/activities/_info": Route(READERS),
    "POST /api/v1/activities/": Route(
        ADD_ACTIVITY, "signed", {"customer_id": "{pk}", "kind_id": "{kind}", "happened_at": "2026-01-05T10:00:00", "text": "Written"}
    ),
    "GET /api/v1/activities/<int:pk>": Route(SEE, "activity"),
    "PUT /api/v1/activities/<pk>": Route(SAVE_ACTIVITY, "activity", {"text": "Written"}),
    # contracts
    "GET /contracts/": Route(READERS),
    "GET /contracts/list/": Route(READERS),
    "GET /contracts/show/<pk>": Route(SEE, "contract"),
    "GET /contracts/edit/<pk>": Route(OPEN_FORM, "draft"),
    "POST /contracts/edit/<pk>": Route(SAVE, "draft", {**CONTRACT, "customer": "{customer}", **FORM}),
    "GET /contracts/add": Route(SELLERS),
    "POST /contracts/add": Route(ADD_CONTRACT, "signed", {**CONTRACT, "customer": "{pk}"}),
    "POST /contracts/move/<pk>": Route(PRESS, "draft", {"move": "void", "status_reason": "wrong"}),
    "POST /contracts/attach/<pk>": Route(PRESS, "contract", FILE),
    "GET /contracts/attachment/<pk>": Route(SEE, "attachment"),
    "POST /contracts/action/<string:name>/<pk>": Route(repeat(SIGNED_IN, "4", 3), "contract", path="/contracts/action/delete/{pk}"),
    "POST /contracts/action_post": Route(repeat(SIGNED_IN, "4", 3), "contract", {"action": "delete", "rowid": "{pk}"}),
    "GET /api/v1/contracts/": Route(READERS),
    "GET /api/v1/contracts/_info": Route(READERS),
    "POST /api/v1/contracts/": Route(ADD_CONTRACT, "signed", {"customer_id": "{pk}", **CONTRACT}),
    "GET /api/v1/contracts/<int:pk>": Route(SEE, "contract"),
    "PUT /api/v1/contracts/<pk>": Route(SAVE, "draft", {"title": "Written"}),
    "GET /api/v1/contracts/<pk>/attachments": Route(SEE, "contract"),
    "POST /api/v1/contracts/<pk>/attachments": Route(SAVE, "contract", FILE),
    "GET /api/v1/contracts/attachments/<pk>": Route(SEE, "attachment"),
    # tickets: maintenance's; sales and managers see those of their customers
    "GET /tickets/": Route(TICKET_READERS),
    "GET /tickets/list/": Route(TICKET_READERS),
    "GET /tickets/show/<pk>": Route(SEE_TICKETS, "ticket"),
    "GET /tickets/edit/<pk>": Route(OPEN_TICKET_FORM, "ticket"),
    "POST /tickets/edit/<pk>": Route(WRITE_TICKETS, "ticket", {**TICKET, "customer": "{customer}", **FORM}),
    "GET /tickets/add": Route(TICKET_WRITERS),
    "POST /tickets/add": Route(WRITE_TICKETS, "signed", {**TICKET, "customer": "{pk}"}),
    "POST /tickets/move/<pk>": Route(WRITE_TICKETS, "ticket", {"move": "start"}),
    "POST /tickets/comment/<pk>": Route(WRITE_TICKETS, "ticket", {"text": "Written"}),
    "POST /tickets/action/<string:name>/<pk>": Route(WRITE_TICKETS, "ticket", path="/tickets/action/take/{pk}"),
    "POST /tickets/action_post": Route(WRITE_TICKETS, "ticket", {"action": "take", "rowid": "{pk}"}),
    "GET /api/v1/tickets/": Route(TICKET_READERS),
    "GET /api/v1/tickets/_info": Route(TICKET_READERS),
    "POST /api/v1/tickets/": Route(WRITE_TICKETS, "signed", {"customer_id": "{pk}", "subject": "Written", "priority_id": "{priority}"}),
    "GET /api/v1/tickets/<int:pk>": Route(SEE_TICKETS, "ticket"),
    "PUT /api/v1/tickets/<pk>": Route(WRITE_TICKETS, "ticket", {"subject": "Written"}),
    "GET /api/v1/tickets/<pk>/comments": Route(SEE_TICKETS, "ticket"),
    "POST /api/v1/tickets/<pk>/comments": Route(WRITE_TICKETS, "ticket", {"text": "Written"}),
    # exports: a line of history is what they write
    "GET /customers/export/<kind>": Route(repeat(READERS, "w"), path="/customers/export/csv"),
    "GET /activities/export/<kind>": Route(repeat(READERS, "w"), path="/activities/export/csv"),
    "GET /contracts/export/<kind>": Route(repeat(READERS, "w"), path="/contracts/export/csv"),
    "GET /tickets/export/<kind>": Route(repeat(TICKET_READERS, "w"), path="/tickets/export/csv"),
    # one's own views of lists that one may open; another person's are as if they did not exist
    "POST /views/save": Route(repeat(READERS, "w"), body={"screen": "customers", "name": "Written", "query": "q=a"}),
    "POST /views/layout": Route(repeat(TICKET_READERS, "w"), body={"screen": "tickets", "columns": "number", "density": "compact"}),
    "POST /views/delete/<pk>": Route(repeat(SIGNED_IN, "4"), path="/views/delete/999"),
    "POST /views/default/<pk>": Route(repeat(SIGNED_IN, "4"), path="/views/default/999"),
    # lookups, one line per name
    "GET /lookup/customers": Route(READERS),
    "GET /lookup/signed-customers": Route(TICKET_READERS),
    "GET /lookup/contract-customers": Route(EDITORS),
    "GET /lookup/contracts-of": Route(TICKET_READERS),
    "GET /lookup/renewable-contracts": Route(EDITORS),
    "GET /lookup/staff": Route(EDITORS + " service1:y service2:y it:y"),
    "GET /lookup/salespeople": Route(EDITORS),
    "GET /lookup/maintenance-staff": Route(TICKET_WRITERS),
    # everybody's own
    "GET /": Route(SIGNED_IN),
    "GET /profile/": Route(SIGNED_IN),
    "GET /notices/": Route(SIGNED_IN),
    "POST /notices/open/<pk>": Route(repeat(SIGNED_IN, "4"), path="/notices/open/999"),
    "POST /notices/read": Route(repeat(SIGNED_IN, "r")),
    "GET /profile/password": Route(SIGNED_IN),
    "POST /profile/password": Route(repeat(SIGNED_IN, "r"), body={"present": "wrong", "password": "a long new phrase"}),
    "POST /language/<code>": Route(repeat(SIGNED_IN, "w") + " anybody:r", path="/language/zh"),
    "GET /login/": Route(repeat(SIGNED_IN, "r") + " anybody:y"),
    "GET /health": Route(EVERYBODY),
    "GET /static/<path:filename>": Route(EVERYBODY, path="/static/{static}"),
    "GET /static/appbuilder/<path:filename>": Route(repeat(EVERYBODY, "4"), path="/static/appbuilder/none.js"),
    "GET /swagger/<version>": Route(STAFFED, path="/swagger/v1"),
    "GET /api/<version>/_openapi": Route(STAFFED, path="/api/v1/_openapi"),
    "GET /numbers/": Route(LEDGER),
    # handover: managers inside their tree, the head of maintenance for tickets, Admin; its records by the leaver's department
    "GET /handover/": Route(MANAGERS),
    "GET /handover/list/": Route(MANAGERS),
    "GET /handover/show/<pk>": Route(SEE_HANDOVER, "handover"),
    "GET /handover/add": Route(MANAGERS),
    "GET /handover/plan": Route(repeat(MANAGERS, "r"), path="/handover/plan?leaver=999"),
    "POST /handover/preview": Route(repeat(MANAGERS, "r"), body={"leaver": "999"}),
    "POST /handover/run": Route(repeat(MANAGERS, "r"), body={"leaver": "999"}),
    "POST /handover/reassign": Route(REASSIGN, "signed", {"module": "Customers", "rowid": "{pk}"}),
    "POST /handover/undo/<pk>": Route(SEE_HANDOVER.replace("y", "w"), "handover"),
    "GET /handover/received/<pk>": Route(RECEIVED, "handover"),
    "GET /handover/sheet/<pk>": Route(PRINTED, "handover"),
    "GET /lookup/leavers": Route(MANAGERS),
    # who else reaches a record: for those who manage it
    "GET /customers/reach/<pk>": Route(REACH, "signed"),
    "GET /activities/reach/<pk>": Route(REACH, "activity"),
    "GET /contracts/reach/<pk>": Route(REACH, "contract"),
    "GET /tickets/reach/<pk>": Route(REACH_TICKET, "ticket"),
    "GET /handover/reach/<pk>": Route(SEE_HANDOVER.replace("y", "3").replace("chief:333", "chief:yyy"), "handover"),
    # the history as far as one sees the records; the bin of those who may restore
    "GET /history/": Route("boss_south:y boss_north:y selling_boss:y it:y chief:y"),
    "GET /bin/": Route("south1:y south2:y north1:y boss_south:y boss_north:y selling_boss:y chief:y"),
    "POST /bin/restore/<kind>/<pk>": Route(RESTORE, "deleted", path="/bin/restore/customer/{pk}"),
    "POST /bin/purge/<kind>/<pk>": Route("chief:www", "deleted", {"reason": "written twice"}, path="/bin/purge/customer/{pk}"),
    "POST /roles/preview/<pk>": Route("it:y chief:y", "role", {"name": "Written"}),
}


def add_lists() -> None:
    """Add the screens of IT, which are alike: (address, kind of record, body of a form, whether entries are deleted)."""
    screens: list[tuple[str, str, dict[str, Any], bool]] = [
        ("statuses", "status", {**NAMED, "stage": "lead", "tone": "grey", "is_active": "y"}, True),
        ("lists", "choice", {**NAMED, "list_code": "industry", "is_active": "y"}, False),
        ("priorities", "priority", {**NAMED, "hours": "9", "tone": "grey", "is_active": "y"}, False),
        ("series", "series", {"code": "contract", "year": "{next_year}", "pattern": "HT{{year}}{{seq:06}}"}, False),
        ("departments", "department", NAMED, True),
        ("roles", "role", {"name": "Written"}, True),
        ("groups", "group", {"name": "Written"}, True),
        ("staff", "person", PERSON, False),
    ]
    for name, kind, body, is_deleted in screens:
        base = f"/{name}/"
        ROUTES.update({
            f"GET {base}": Route(IT_SEES),
            f"GET {base}list/": Route(IT_SEES),
            f"GET {base}show/<pk>": Route(IT_SEES, kind),
            f"GET {base}add": Route(IT_SEES),
            f"POST {base}add": Route(IT_WRITES, body=body),
            f"GET {base}edit/<pk>": Route(IT_SEES, kind),
            f"POST {base}edit/<pk>": Route(IT_WRITES, kind, {**body, **FORM}),
            f"POST {base}move/<pk>": Route(repeat(IT_SEES, "4"), kind, {"move": "void"}),
            f"POST {base}action/<string:name>/<pk>": Route(NO_SUCH_THING, kind, path=f"{base}action/delete/{{pk}}"),
            f"POST {base}action_post": Route(NO_SUCH_THING, kind, {"action": "delete", "rowid": "{pk}"}),
        })  # fmt: skip
        if is_deleted:
            ROUTES[f"POST {base}delete/<pk>"] = Route(IT_WRITES, kind)
    # Numbers of this year are issued already: the pattern stays, whoever asks.
    ROUTES["POST /series/edit/<pk>"] = Route("it:r chief:r", "series", {"pattern": "X{{year}}{{seq:07}}", **FORM})
    ROUTES["POST /staff/reset/<pk>"] = Route(IT_WRITES, "person")


def add_shares() -> None:
    """Add the two buttons of “Shared with”, on the records of every module of owned rows."""
    kinds = {"customers": ("signed", PRESS), "activities": ("activity", DELETE), "contracts": ("contract", PRESS)}
    for name, (kind, grid) in {**kinds, "tickets": ("ticket", WRITE_TICKETS)}.items():
        ROUTES[f"POST /{name}/share/<pk>"] = Route(grid, kind, {"staff": "{colleague}", "access": "read"})
        ROUTES[f"POST /{name}/unshare/<pk>"] = Route(grid.replace("w", "r"), kind, {"staff": "{colleague}"})


add_lists()
add_shares()

# Ways in and out, which would end the table's own sessions: the tests of sessions send them.
SESSIONS = {"POST /login/", "POST /logout/", "POST /api/v1/security/login", "POST /api/v1/security/refresh"}

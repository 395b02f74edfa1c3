"""Who may do what with cases, tasks and the design of processes.

The cases of the table are drafts that were given up: nobody has a part in them but who made them. Who acts in a case, or must, sees it
too: tests/processes says so.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.extensions import db
from app.processes.designs import Process, ProcessVersion
from app.processes.flow import case as flow
from app.processes.models import Case, CaseTask
from app.staff.models import Staff

from ..access_declaring import ALL, OWN, TREE, Access, Route, change, may, no_such, show
from ..people import OWNERS
from .desk import STAFFED, each

COMMENT = {"do": "comment", "said": "Written"}
CASES = Access(
    "Cases",
    {
        "Salesperson": (OWN, "see add delete"),
        "Regional manager": (TREE, "see add cancel hand_over export"),
        "Maintenance": (OWN, "see add"),
        "Management": (ALL, "see export"),
        "IT": (OWN, "see"),
    },
    is_lent=False,
    has_rest=False,  # its resource reads and acts; rows are written by the process alone
    facet="owner",
    lookups=dict.fromkeys(("case-people", "case-contracts", "case-customers"), "see"),
    without=(
        "POST /cases/add", "POST /cases/action/<string:name>/<pk>", "POST /cases/action_post",
    ),
    routes={
        "GET /api/v1/cases/": Route(may("see")),
        "GET /api/v1/cases/_info": Route(may("see")),
        "GET /api/v1/cases/<int:pk>": Route(show(), "cases"),
        "POST /api/v1/cases/": Route(may("add", "r"), body={"process": "listing"}),  # what it needs is missing
        "GET /cases/start/<code>": Route(may("add"), path="/cases/start/listing"),
        "POST /cases/start/<code>": Route(may("add", "w"), body={"do": "save", "f-site": "Written"}, path="/cases/start/listing"),
        "GET /cases/again/<pk>": Route(change("add", "y"), "cases"),
        "POST /cases/act/<pk>": Route(show("w"), "cases", COMMENT),
        "POST /cases/act/<pk>/<do>": Route(show("w"), "cases", {"said": "Written"}, path="/cases/act/{pk}/comment"),
        "GET /cases/sheet/<pk>": Route(show(), "cases"),
        "GET /cases/attachment/<pk>": Route(no_such("see"), "cases", path="/cases/attachment/999999"),
        "GET /api/v1/cases/<pk>/comments": Route(show(), "cases"),
        "GET /api/v1/cases/<pk>/attachments": Route(show(), "cases"),
        "GET /api/v1/cases/<pk>/form": Route(show(), "cases"),
        "POST /api/v1/cases/<pk>/act": Route(show("w"), "cases", COMMENT),
    },
)  # fmt: skip
DESIGN = Access(
    "Processes",
    {"IT": (ALL, "see add edit publish")},
    address="processes/design",
    is_owned=False,
    has_rest=False,
    kind="process",
    without=(
        "POST /processes/design/action/<string:name>/<pk>", "POST /processes/design/action_post", "POST /processes/design/move/<pk>",
    ),
    form={"name_zh": "写", "name_en": "Written", "code": "written", "owner": "{colleague}", "position": "5", "is_active": "y"},
    routes={
        "GET /processes/design/version/<pk>": Route(may("see"), "version"),
        "GET /processes/design/version/<pk>/differences": Route(may("see"), "version"),
        "GET /processes/design/version/<pk>/trial": Route(may("see"), "version"),
        "POST /processes/design/version/<pk>/trial": Route(may("see"), "version", {"do": "approve-1"}),
        "GET /processes/design/version/<pk>/bpmn": Route(may("see"), "version"),
        "GET /processes/design/version/<pk>/document": Route(may("see"), "version"),
        "POST /processes/design/version/<pk>/add-step": Route(may("edit", "w"), "version"),
        "POST /processes/design/version/<pk>/save": Route(may("edit", "4"), "version"),
        "POST /processes/design/version/<pk>/part": Route(may("edit", "4"), "version", {"do": "nothing"}),
        # the newest of the process, a draft: a second one is refused
        "POST /processes/design/version/<pk>/copy": Route(may("edit", "r"), "version"),
        "POST /processes/design/version/<pk>/publish": Route(may("publish", "w"), "version"),
        "POST /processes/design/version/<pk>/retire": Route(may("publish", "r"), "version"),
        "GET /processes/design/import": Route(may("edit")),
        "POST /processes/design/import": Route(may("edit", "r"), body={"file": "written.pdf"}),
    },
)  # fmt: skip
ACCESS = (CASES, DESIGN)
ROUTES = {
    "GET /tasks/": Route(each("y", STAFFED)),
    "POST /tasks/claim/<pk>/<number>": Route(each("r", STAFFED), path="/tasks/claim/999/1"),
    "POST /tasks/decide": Route(each("r", STAFFED), body={"task": "999-1"}),
    "GET /api/v1/tasks/": Route(each("y", STAFFED)),
    "GET /processes/statistics/": Route(each("y", "boss_south boss_north selling_boss director chief")),
}


def make_case(owner: Staff, _parent: object, **values: Any) -> Case:
    """Add a draft of a listing that its starter gave up."""
    version = db.session.scalars(select(ProcessVersion).join(Process).where(Process.code == "listing")).one()
    known = {"state": flow.CANCELLED, "step": "submit", "path": "submit", "visit": 1, "title": f"{owner.username} given up"}
    place = {"owner_id": owner.id, "department_id": owner.department_id}
    case = Case(process_id=version.process_id, version_id=version.id, **{**known, **place, **values})
    db.session.add(case)
    db.session.flush()
    task = {"state": flow.DROPPED, "dropped": flow.ENDED, "person_id": owner.id, "is_claimed": True}
    db.session.add(CaseTask(case_id=case.id, number=1, step="submit", visit=1, round=1, **task))
    return case


def prepare() -> dict[str, dict[str, int]]:
    """Return the records that these routes are asked about: cases, also in the bin, a process with its draft."""
    cases, binned = dict[str, int](), dict[str, int]()
    for owner in OWNERS:
        person = db.session.scalars(select(Staff).where(Staff.username == owner)).one()
        cases[owner], gone = make_case(person, None).id, make_case(person, None)
        db.session.flush()
        db.session.delete(gone)
        db.session.flush()
        binned[owner] = gone.id
    version = db.session.scalars(select(ProcessVersion).join(Process).where(Process.code == "taking_down")).one()
    return {"cases": cases, "binned cases": binned, "process": {"": version.process_id}, "version": {"": version.id}}

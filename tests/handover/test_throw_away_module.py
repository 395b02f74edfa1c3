"""A module that a stranger adds is handed over without a word of it in app/handover: its owner, what mirrors it, who must act."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from ..conftest import Databases

FILES = {
    "__init__.py": '"""Projects of one\'s own, with steps that people must take."""\n',
    "models.py": '''"""Projects and steps."""
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column
from ..core.access.mixins import Owned, index_scope
from ..core.access.policy import Link, OwnedPolicy
from ..core.access.viewer import SEE
from ..extensions import db


class Project(Owned, db.Model):
    __tablename__ = "project"
    policy = OwnedPolicy(module="Projects", share_key="id")
    __table_args__ = (*index_scope("project"), {"sqlite_autoincrement": True})

    title: Mapped[str] = mapped_column(String(200))

    def __str__(self):
        return self.title


class Step(Owned, db.Model):
    __tablename__ = "step"
    policy = OwnedPolicy(
        module="Projects", root=Link("project_id", "Project"), parent_actions=SEE, goes_with_root=True,
        assigned={"doer_id": ("state", ("open",))},
    )
    __table_args__ = (*index_scope("step"), {"sqlite_autoincrement": True})

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    doer_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), default=None)
    state: Mapped[str] = mapped_column(String(10), default="open")

    def __str__(self):
        return f"step {self.id}"
''',
    "views.py": '''"""Screens of projects."""
from flask_babel import lazy_gettext as _l
from ..core.views.base import SCOPED, DeskInterface, DeskView
from .models import Project


class ProjectsView(DeskView):
    datamodel = DeskInterface(Project)
    route_base = "/projects"
    class_permission_name = "Projects"
    base_permissions = [*SCOPED, "can_hand_over"]
    list_title = add_title = edit_title = new_label = _l("Projects")
    label_columns = {"title": _l("Title")}
    list_columns = show_columns = add_columns = edit_columns = search_columns = order_columns = ["title"]
''',
    "module.py": '''"""What projects add to the desk."""
from flask_babel import lazy_gettext as _l
from ..core.web.modules import Module, Screen
from .views import ProjectsView

MODULE = Module(name="projects", screens=[Screen(ProjectsView, _l("Projects"), "file", "work", 36)])
''',
}

# Runs in a process of its own: models stay registered for as long as a process lives.
SCRIPT = """
import json, sys
from pathlib import Path
import app
given = json.load(sys.stdin)
app.__path__.append(given["folder"])
from sqlalchemy import select
from app import create_app
from app.core.access.viewer import acting_as, as_system
from app.core.writes.history import HistoryEntry
from app.core.web.modules import discover
from app.extensions import db
from app.handover import moving, undoing
from app.handover.forms import read_plan
from app.handover.holdings import all_holdings, holdings_for
from app.handover.queries import read_moves
from app.seed import install
from tests.conftest import Browser, make_test_settings
from tests.factories import World, make_world
from flask_appbuilder.security.sqla.models import PermissionView, Role
from werkzeug.datastructures import MultiDict

desk = create_app(make_test_settings(Path(given["data"]), given["url"]))
out = {}
with desk.app_context():
    install.prepare(discover("app"))
    from app.projects.models import Project, Step
    db.metadata.create_all(db.engine, tables=[Project.__table__, Step.__table__])
    with as_system("import"):
        links = {(p.permission.name, p.view_menu.name): p for p in db.session.scalars(select(PermissionView))}
        roles = {role.name: role for role in db.session.scalars(select(Role))}
        for name, actions in (("Salesperson", ("can_see_own",)), ("Regional manager", ("can_see_department", "can_hand_over"))):
            for action in ("can_list", "can_show", "can_edit", *actions):
                roles[name].permissions.append(links[(action, "Projects")])
        make_world(with_others=False)
        db.session.flush()
        world = World.read()
        leaver, receiver = world.people["south1"], world.people["south2"]
        places = dict(db.session.execute(select(moving.Staff.id, moving.Staff.department_id)).all())
        for number in range(3):
            project = Project(title=f"Project {number}", owner_id=leaver, department_id=places[leaver])
            db.session.add(project)
            db.session.flush()
            db.session.add(Step(project_id=project.id, doer_id=leaver, state="open" if number else "done"))
        foreign = Project(title="Of north", owner_id=world.people["north1"], department_id=places[world.people["north1"]])
        db.session.add(foreign)
        db.session.flush()
        db.session.add(Step(project_id=foreign.id, doer_id=leaver))
        db.session.commit()
    out["holdings"] = sorted(holding.key for holding in all_holdings())
page = Browser(desk).sign_in("boss_south").get(f"/handover/plan?leaver={leaver}&to={receiver}").text
out["page"] = ["way-project-owner_id" in page, "way-step-doer_id" in page, "Project 1" in page, "Of north" in page]
with desk.test_request_context("/", method="POST"):
    with acting_as(world.people["boss_south"], source="form") as viewer:
        holdings = holdings_for(viewer)
        values = MultiDict({"leaver": str(leaver), "to": str(receiver), "way-project-owner_id": "one", "way-step-doer_id": "one"})
        plan = read_plan(values, holdings)
        handover = moving.run(plan, holdings, read_moves(holdings, plan, viewer)[1])
    connection = db.session.connection()
    def owners():
        read = lambda model, *names: sorted(
            tuple(row) for row in connection.execute(select(*(model.__table__.c[name] for name in names))))
        return [read(Project, "title", "owner_id"), read(Step, "project_id", "owner_id", "doer_id", "state")]
    out["moved"], out["after"] = [handover.moved, handover.followed], owners()
    entry = HistoryEntry.__table__.c
    lines = connection.execute(select(entry.model, entry.field).where(entry.batch == handover.number))
    out["lines"] = sorted({tuple(row) for row in lines})
    number = handover.id
    db.session.remove()
    with acting_as(world.people["boss_south"], source="form"):
        out["undone"] = undoing.undo(number).state
    connection = db.session.connection()
    out["back"] = owners()
out["ids"] = [leaver, receiver, world.people["north1"]]
print(json.dumps(out))
"""


def test_a_module_with_owners_is_covered_without_editing_the_handover(tmp_path: Path, databases: Databases) -> None:
    package = tmp_path / "more" / "projects"
    package.mkdir(parents=True)
    for name, text in FILES.items():
        (package / name).write_text(text, encoding="utf-8")
    own = Databases(tmp_path, f"{databases.worker}_throwaway")
    own.create_empty()
    given: dict[str, Any] = {"folder": str(package.parent), "data": str(tmp_path), "url": own.url}
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT], input=json.dumps(given), capture_output=True, text=True, cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)}, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    out = json.loads(done.stdout.splitlines()[-1])
    leaver, receiver, north = out["ids"]
    assert out["holdings"] == ["customer-owner_id", "process_case-owner_id", "project-owner_id", "step-doer_id", "ticket-assignee_id"]
    assert out["page"] == [True, True, True, False]
    # Three projects and their two open steps; the three steps follow their projects. North's step is out of the manager's reach.
    assert out["moved"] == [5, 0]  # steps have no screen of their own, so they are not counted among what goes along
    projects, steps = out["after"]
    assert [owner for _title, owner in projects] == [north, receiver, receiver, receiver]
    assert [step[1:] for step in steps] == [
        [receiver, leaver, "done"], [receiver, receiver, "open"], [receiver, receiver, "open"], [north, leaver, "open"],
    ]  # fmt: skip
    assert ["Project", "owner_id"] in out["lines"] and ["Step", "owner_id"] in out["lines"] and ["Step", "doer_id"] in out["lines"]
    assert out["undone"] == "undone"
    assert [owner for _title, owner in out["back"][0]] == [north, leaver, leaver, leaver]
    assert [step[1:] for step in out["back"][1]][:3] == [[leaver, leaver, "done"], [leaver, leaver, "open"], [leaver, leaver, "open"]]

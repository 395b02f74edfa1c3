"""A stranger adds a module with four files and a migration, and edits no file of app/: it lists, adds, scopes and answers REST."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import Databases

FILES = {
    "__init__.py": '"""Quotations: what was offered to a customer."""\n',
    "rules.py": '''"""What may happen to a quotation."""
from flask_babel import lazy_gettext as _l
from ..core.base.errors import RuleViolation
TITLE_NEEDED = _l("Enter the title.")


def check_title(title):
    if not (title or "").strip():
        raise RuleViolation(TITLE_NEEDED, "title")
''',
    "models.py": '''"""Quotations."""
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship
from ..core.access.mixins import Owned, index_scope
from ..core.access.policy import Link, OwnedPolicy
from ..customers.models import Customer
from ..extensions import db


class Quotation(Owned, db.Model):
    __tablename__ = "quotation"
    policy = OwnedPolicy(module="Quotations", share_key="id", root=Link("customer_id", "Customer"), goes_with_root=True)
    __table_args__ = (*index_scope("quotation"), {"sqlite_autoincrement": True})

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    customer: Mapped[Customer] = relationship()

    def __str__(self):
        return self.title
''',
    "views.py": '''"""Screens of quotations."""
from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import InputRequired
from ..core.views.rest import ApiInterface, DeskApi
from ..core.forms.fields import RemoteSelectField
from ..core.views.base import SCOPED, DeskInterface, DeskView
from . import rules
from .models import Quotation


class QuotationsView(DeskView):
    datamodel = DeskInterface(Quotation)
    route_base = "/quotations"
    class_permission_name = "Quotations"
    base_permissions = SCOPED
    list_title = add_title = edit_title = new_label = _l("Quotations")
    label_columns = {"title": _l("Title"), "customer": _l("Customer")}
    list_columns = show_columns = ["title", "customer"]
    add_columns = edit_columns = ["customer", "title"]
    search_columns = order_columns = ["title"]
    search_column = "title"
    form_extra_fields = {
        "customer": RemoteSelectField(_l("Customer"), lookup="customers", required=True),
        "title": StringField(_l("Title"), [InputRequired(rules.TITLE_NEEDED)]),
    }


class QuotationsApi(DeskApi):
    datamodel = ApiInterface(Quotation)
    resource_name = "quotations"
    class_permission_name = "Quotations"
    base_permissions = SCOPED
    screen = QuotationsView
    list_columns = show_columns = ["id", "title", "customer_id"]
    add_columns = edit_columns = ["customer_id", "title"]
    search_columns = order_columns = ["id", "title"]


''',
    "guards.py": '''"""Bind the rules of quotations to the gate."""
from . import rules


def guard_quotation(change):
    rules.check_title(change.row.title)
''',
    "module.py": '''"""What quotations add to the desk."""
from flask_babel import lazy_gettext as _l
from ..core.views.base import child_tab
from ..core.web.modules import Module, Screen
from .guards import guard_quotation
from .models import Quotation
from .views import QuotationsApi, QuotationsView

MODULE = Module(
    name="quotations",
    screens=[Screen(QuotationsView, _l("Quotations"), "file", "work", 35, _l("Quotation"))],
    apis=[QuotationsApi],
    tabs=[("Customers", 25, child_tab(QuotationsView, Quotation.customer_id, "customer"))],
    guards=[(Quotation, guard_quotation)],
)
''',
}

MIGRATION = '''"""Add quotations."""
import sqlalchemy as sa
from alembic import op


def upgrade():
    op.create_table(
        "quotation",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("customer_id", sa.Integer(), sa.ForeignKey("customer.id"), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), sa.ForeignKey("ab_user.id")),
        sa.Column("owner_id", sa.Integer(), sa.ForeignKey("ab_user.id")),
        sa.Column("department_id", sa.Integer(), sa.ForeignKey("department.id")),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime()),
        sa.Column("deleted_by_id", sa.Integer(), sa.ForeignKey("ab_user.id")),
        sqlite_autoincrement=True,
    )
'''

# Runs in a process of its own: models stay registered for as long as a process lives.
SCRIPT = """
import json, sys
from pathlib import Path
import app
given = json.load(sys.stdin)
app.__path__.append(given["folder"])
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import select
from app import create_app
from app.core.access.viewer import as_system
from app.core.web.modules import discover
from app.customers.models import Customer
from app.extensions import db
from app.seed import install
from tests.conftest import Browser, RestClient, make_test_settings
from tests.factories import World, make_world
from flask_appbuilder.security.sqla.models import PermissionView, Role

settings = make_test_settings(Path(given["data"]), given["url"])
desk = create_app(settings)
with desk.app_context():
    install.prepare(discover("app"))
    with db.engine.begin() as connection:
        with Operations.context(MigrationContext.configure(connection)):
            exec(compile(Path(given["folder"], "migration.py").read_text(), "migration.py", "exec"), space := {})
            space["upgrade"]()
    with as_system("import"):
        role = db.session.scalars(select(Role).where(Role.name == "Salesperson")).one()
        links = {(p.permission.name, p.view_menu.name): p for p in db.session.scalars(select(PermissionView))}
        for action in ("can_list", "can_show", "can_add", "can_edit", "can_see_own", "menu_access"):
            role.permissions.append(links[(action, "Quotations")])
        make_world(with_others=False)
        db.session.commit()
    world = World.read()
mine, other = Browser(desk).sign_in("south1"), Browser(desk).sign_in("north1")
rest, far = RestClient(desk, "south1"), RestClient(desk, "north1")
out = {}
out["menu"] = "/quotations/" in mine.get("/").text
out["add"] = mine.post("/quotations/add", {"customer": world.signed["south1"], "title": "First offer"}).status_code
out["foreign"] = mine.post("/quotations/add", {"customer": world.signed["north1"], "title": "Stolen offer"}).status_code
out["empty"] = rest.send("POST", "quotations/", {"customer_id": world.signed["south1"], "title": " "}).json
out["list"] = "First offer" in mine.get("/quotations/").text
out["hidden_list"] = "First offer" in other.get("/quotations/").text
out["shown"] = [mine.get("/quotations/show/1").status_code, other.get("/quotations/show/1").status_code]
out["tab"] = "First offer" in mine.get(f"/customers/show/{world.signed['south1']}").text
out["rest"] = [rest.send("GET", "quotations/").json["count"], far.send("GET", "quotations/").json["count"]]
out["rest_one"] = [rest.send("GET", "quotations/1").status_code, far.send("GET", "quotations/1").status_code]
out["put"] = [
    far.send("PUT", "quotations/1", {"title": "x"}).status_code,
    rest.send("PUT", "quotations/1", {"title": "Better"}).status_code]
out["without_right"] = Browser(desk).sign_in("service1").get("/quotations/").status_code
print(json.dumps(out))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that holds the package, outside the app."""
    package = tmp_path / "more" / "quotations"
    package.mkdir(parents=True)
    for name, text in FILES.items():
        (package / name).write_text(text, encoding="utf-8")
    (package.parent / "migration.py").write_text(MIGRATION, encoding="utf-8")
    return package.parent


def test_four_files_outside_the_app_make_a_module(folder: Path, tmp_path: Path, databases: Databases) -> None:
    own = Databases(tmp_path, f"{databases.worker}_fifth")
    own.create_empty()
    given: dict[str, Any] = {"folder": str(folder), "data": str(tmp_path), "url": own.url}
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT], input=json.dumps(given), capture_output=True, text=True, cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)}, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "menu": True, "add": 302, "foreign": 422, "empty": {"message": {"title": ["Enter the title."]}}, "list": True,
        "hidden_list": False, "shown": [200, 404], "tab": True, "rest": [1, 0], "rest_one": [200, 404], "put": [404, 200],
        "without_right": 403,
    }  # fmt: skip

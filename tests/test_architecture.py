"""The house's rules (docs: layout, budgets, imports one way), read from the source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.access.scope import owned_models
from app.core.web.modules import discover
from app.extensions import db

pytestmark = pytest.mark.one_database

discover("app")  # so that every model is known
ROOT = Path(__file__).parent.parent
APP = ROOT / "app"
FILES = sorted(path for path in APP.rglob("*.py") if "migrations" not in path.parts)
TEMPLATES = sorted(APP.rglob("*.html"))
# Style sheets and scripts as they are written; what is served is made of them (tests/test_bundles.py).
FACE_FILES = sorted(path for path in [*(APP / "face").rglob("*"), *(ROOT / ".ci").glob("*.mjs")] if path.suffix in {".css", ".js", ".mjs"})
# The first line of a JavaScript function as the formatter leaves it: a named one, a method, or an arrow with a body.
JS_FUNCTION = re.compile(r"\bfunction\b.*\{$|=> \{$|^ *\) \{$|^ +(?:async )?\w+\(.*\) \{$")
MAX_FILE, MAX_FUNCTION, MAX_TEMPLATE = 300, 40, 120
VAGUE = {"util", "utils", "helper", "helpers", "common", "misc", "tools", "stuff"}
RULE_BANS = ("flask", "sqlalchemy", "wtforms", "werkzeug", "flask_appbuilder", "flask_wtf")
MODULES = sorted(path.name for path in APP.iterdir() if (path / "__init__.py").exists() and path.name != "core")
# What one module may use of another.
SHARED = {"", "models", "queries", "rules"}
# Views are what manifests import; these may besides, and why.
VIEW_IMPORTERS = {
    "staff/security.py": "FAB's security manager names its screens as classes",
    "__init__.py": "create_app gives FAB the start page's class",
}
# Core statements that write, outside core: file -> why no gate is passed.
RAW_WRITERS = {
    "staff/signin.py": "tries and sign-in stamps are no business rows; written before anybody is signed in",
    "staff/guards.py": "what follows from a person's, role's or department's change, inside the gate's own transaction",
    "staff/language.py": "one's own language, chosen on any page",
    "seed/": "fills an empty installation, as the system",
}
# What rules may use of core.
RULE_ROOM = {f"core.base.{name}" for name in ("errors", "lifecycle", "clock", "texts")}
# Core's rooms: a file imports from its own room and from those to the left of it (docs/DECISIONS.md).
LADDER = ("base", "db", "access", "writes", "parts", "sharing", "history", "lists", "forms", "views", "web")
CORE_FILES = [path for path in FILES if path.relative_to(APP).parts[0] == "core"]
NAMED_ONCE = {"__init__.py"}


def read(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    """Return a file's address below app/."""
    return path.relative_to(APP).as_posix()


def list_imports(tree: ast.AST) -> Iterator[tuple[int, str, list[str]]]:
    """Yield (level, module, names) of every import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield node.level, node.module or "", [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield 0, alias.name, []


def resolve(path: Path, level: int, module: str, names: list[str]) -> set[str]:
    """Return what an import reaches below app/, as “package.file” names."""
    if level == 0:
        return {module.removeprefix("app.")} if module.startswith("app.") else set()
    base = list(path.relative_to(APP).parts[:-1])
    base = base[: len(base) - (level - 1)]
    here = [*base, *(module.split(".") if module else [])]
    return {".".join([*here, name]) for name in names} | {".".join(here)}


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_and_functions_stay_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_FILE
    long = [
        (node.name, length)
        for node in ast.walk(read(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (length := (node.end_lineno or 0) - node.lineno + 1) > MAX_FUNCTION
    ]
    assert long == []


def list_js_functions(source: str) -> Iterator[tuple[str, int]]:
    """Yield (first line, number of lines) of each JavaScript function; its end is the brace that stands as far in as its first line."""
    lines = source.splitlines()
    for start, line in enumerate(lines):
        if JS_FUNCTION.search(line):
            end = " " * (len(line) - len(line.lstrip())) + "}"
            yield line.strip(), next(place for place in range(start + 1, len(lines)) if lines[place].startswith(end)) - start + 1


@pytest.mark.parametrize("path", FACE_FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_style_sheets_and_scripts_stay_short(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert source.startswith("/*")  # what belongs in it
    assert len(source.splitlines()) <= MAX_FILE
    if path.suffix != ".css":
        assert [(line, length) for line, length in list_js_functions(source) if length > MAX_FUNCTION] == []


def test_a_long_script_function_would_be_noticed() -> None:
    body = "  x();\n" * MAX_FUNCTION
    for head, foot in (
        ("export async function go() {", "}"),
        ("const go = () => {", "};"),
        ("on(\n  () => {", "  },\n);"),
        ("  go(a) {", "  },"),
    ):
        assert [length for _line, length in list_js_functions(f"{head}\n{body}{foot}\n")] == [MAX_FUNCTION + 2]


def test_templates_stay_short() -> None:
    assert TEMPLATES
    assert {name_of(path): n for path in TEMPLATES if (n := len(path.read_text(encoding="utf-8").splitlines())) > MAX_TEMPLATE} == {}


def test_no_file_is_called_after_nothing() -> None:
    assert [name_of(path) for path in [*FILES, *APP.glob("*/")] if path.stem in VAGUE] == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_every_module_says_what_belongs_in_it(path: Path) -> None:
    assert ast.get_docstring(read(path))


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_no_handler_hides_an_error(path: Path) -> None:
    hidden = []
    for node in ast.walk(read(path)):
        if isinstance(node, ast.ExceptHandler):
            names = {getattr(n, "id", "") for n in ast.walk(node.type)} if node.type is not None else {"everything"}
            raises = any(isinstance(n, ast.Raise) for n in ast.walk(node))
            if names & {"everything", "Exception", "BaseException"} and not raises:
                hidden.append(node.lineno)
    assert hidden == []


def test_the_one_handler_of_everything_answers_500_and_logs() -> None:
    source = (APP / "core" / "web" / "web.py").read_text(encoding="utf-8")
    assert source.count("errorhandler(Exception)") == 1
    assert "logger.exception" in source


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_sql_text_and_core_writes_stay_in_core(path: Path) -> None:
    name = name_of(path)
    if name.startswith("core/") or any(name.startswith(known) for known in RAW_WRITERS):
        return
    imported = {item for _, module, names in list_imports(read(path)) if module.startswith("sqlalchemy") for item in names}
    assert imported & {"text", "insert", "update", "delete"} == set()
    assert re.findall(r"__table__\.(?:insert|update|delete)\b|\.exec_driver_sql\(", path.read_text(encoding="utf-8")) == []


FREE = {f"core.base.{name}" for name in ("errors", "lifecycle", "clock", "texts")} | {"kinds"}  # the last: first bytes of files, as free


@pytest.mark.parametrize("path", [path for path in FILES if path.name in ("rules.py", "kinds.py")], ids=name_of)
def test_rules_know_no_framework(path: Path) -> None:
    for level, module, _names in list_imports(read(path)):
        assert level or module.split(".")[0] not in RULE_BANS, module
        if level:
            assert module in FREE or module.endswith("errors"), module


VIEWS = [path for path in FILES if path.name.endswith("views.py") and path not in CORE_FILES]
# What a view may take of SQLAlchemy: how its rows' columns and relations are loaded.
LOADERS = {"load_only", "selectinload", "joinedload", "undefer", "defer"}
# What belongs in rules, guards, queries or a file of its own: hashing, statements, the session.
VIEW_BANS = ("hashlib", "secrets", "hmac", "sqlalchemy", "extensions")
STATE_COLUMNS = {"status", "stage", "state"}
# What a view does besides, by (file, what), and why.
VIEW_EXCEPTIONS: dict[tuple[str, str], str] = {}


def list_foreign_to_views(path: Path, tree: ast.AST, models: set[str]) -> set[str]:
    """Return what a view does that is not its own: hashing, statements, rows, commits, decisions by a state's name."""
    found = set()
    for level, module, names in list_imports(tree):
        for name in names or [""]:
            parts = {*module.split("."), *(resolve(path, level, module, [name]) if level else ())}
            if parts & set(VIEW_BANS) and not (module == "sqlalchemy.orm" and name in LOADERS):
                found.add(f"import {name or module}")
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("commit", "execute", "scalars", "scalar")
        ):
            found.add(f".{node.func.attr}()")
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("session.add"):
            found.add("session.add()")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in models:
            found.add(f"{node.func.id}()")
        is_of_state = isinstance(node, ast.Compare) and isinstance(node.left, ast.Attribute) and node.left.attr in STATE_COLUMNS
        if is_of_state and not all(isinstance(part, ast.Attribute) for part in node.comparators):  # a constant of the rules has a name
            found.add(ast.unparse(node))
    return found


@pytest.mark.parametrize("path", VIEWS, ids=name_of)
def test_views_only_show_and_ask(path: Path) -> None:
    models = {mapper.class_.__name__ for mapper in db.Model.registry.mappers}
    assert {"Customer", "Attachment", "Staff", "Role"} <= models
    found = {(name_of(path), what) for what in list_foreign_to_views(path, read(path), models)}
    known = {entry for entry in VIEW_EXCEPTIONS if entry[0] == name_of(path)}
    assert found == known


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("import hashlib", "import hashlib"),
        ("from secrets import token_hex", "import token_hex"),
        ("from sqlalchemy import select", "import select"),
        ("from sqlalchemy.orm import Session", "import Session"),
        ("from ..extensions import db", "import db"),
        ("session.commit()", ".commit()"),
        ("db.session.add(row)", "session.add()"),
        ("row = Attachment(name='a')", "Attachment()"),
        ("item.status in ('void', 'draft')", "item.status in ('void', 'draft')"),
        ("from sqlalchemy.orm import load_only", ""),
        ("item.stage != rules.TERMINATED", ""),
    ],
)
def test_work_in_a_view_would_be_noticed(source: str, what: str) -> None:
    assert list_foreign_to_views(APP / "contracts/views.py", ast.parse(source), {"Attachment"}) == ({what} if what else set())


MAX_FACTS = 3


def list_crowded(tree: ast.Module) -> list[str]:
    """Return the rules of a file that take more facts than can be told apart at the call; what composes a text is no rule."""
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith(("describe_", "make_"))]
    return [one.name for one in functions if len([*one.args.posonlyargs, *one.args.args, *one.args.kwonlyargs]) > MAX_FACTS]


def list_loose(tree: ast.Module) -> list[str]:
    """Return the dataclasses of a file that can be changed, or filled by position."""
    wanted = {"dataclass(frozen=True, kw_only=True)"}
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return [one.name for one in classes if {ast.unparse(mark) for mark in one.decorator_list} != wanted]


@pytest.mark.parametrize("path", [path for path in FILES if path.name == "rules.py"], ids=name_of)
def test_rules_take_many_facts_as_one_frozen_dataclass(path: Path) -> None:
    assert list_crowded(read(path)) == []
    assert list_loose(read(path)) == []


def test_a_rule_of_many_facts_would_be_noticed() -> None:
    tree = ast.parse("@dataclass\nclass Facts:\n    a: int\n\ndef check_it(a, *, b, c, d): ...\ndef check_one(facts: Facts, today): ...")
    assert list_crowded(tree) == ["check_it"] and list_loose(tree) == ["Facts"]


@pytest.mark.parametrize("path", CORE_FILES, ids=name_of)
def test_core_knows_no_module(path: Path) -> None:
    modules = {folder.name for folder in APP.iterdir() if (folder / "__init__.py").exists()} - {"core"}
    for level, module, names in list_imports(read(path)):
        reached = {part.split(".")[0] for part in resolve(path, level, module, names)}
        assert not reached & modules, module


def list_reached_rooms(path: Path) -> set[str]:
    """Return the rooms of core from which a file of core imports."""
    reached = {part for level, module, names in list_imports(read(path)) for part in resolve(path, level, module, names)}
    return {part.split(".")[1] for part in reached if part.startswith("core.")}


@pytest.mark.parametrize("path", CORE_FILES, ids=name_of)
def test_core_imports_only_downward(path: Path) -> None:
    parts = path.relative_to(APP).parts
    if len(parts) == 2:
        assert path.name in {"__init__.py", "module.py"}  # every other file lies in a room; the core's own manifest stands above them
        return
    room = parts[1]
    assert [name for name in list_reached_rooms(path) if LADDER.index(name) > LADDER.index(room)] == []


def test_an_import_upward_would_be_noticed() -> None:
    tree = ast.parse("from ..web.menu import Menu\nfrom ...extensions import db\nfrom . import clock")
    reached = {part for level, module, names in list_imports(tree) for part in resolve(APP / "core/base/x.py", level, module, names)}
    assert {"core.web.menu", "extensions", "core.base.clock"} <= reached


def test_rooms_are_described_in_a_sentence_and_export_nothing() -> None:
    for room in LADDER:
        body = read(APP / "core" / room / "__init__.py").body
        assert len(body) == 1 and (ast.get_docstring(ast.Module(body, [])) or "").count(".") == 1, room


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_views_are_imported_by_nobody(path: Path) -> None:
    name = name_of(path)
    reached = {part for level, module, names in list_imports(read(path)) for part in resolve(path, level, module, names)}
    foreign = {part for part in reached if ".views" in f".{part}" and not part.startswith("core.views")}
    if name.startswith("core/") or path.name == "module.py" or (path.name == "views.py" and not foreign):
        foreign = {part for part in foreign if not part.startswith(path.parent.name)}
    assert not foreign or name in VIEW_IMPORTERS, foreign


def list_used(module: str) -> Iterator[tuple[str, str, str]]:
    """Yield (file, module, part) of everything that a module uses of others."""
    for path in sorted((APP / module).rglob("*.py")):
        for level, name, names in list_imports(read(path)):
            for reached in resolve(path, level, name, names):
                package, _, rest = reached.partition(".")
                if package in MODULES and package != module:
                    yield name_of(path), package, rest.split(".")[0]


@pytest.mark.parametrize("module", MODULES)
def test_modules_use_models_queries_and_rules_of_others_alone(module: str) -> None:
    foreign = {(path, package, part) for path, package, part in list_used(module) if part not in SHARED}
    assert {entry for entry in foreign if not (entry[0].startswith("seed/") and entry[1:] == ("staff", "signin"))} == set()


def find_rings(used: dict[str, set[str]]) -> set[str]:
    """Return the modules that use each other in a ring; those that use nothing of the rest are taken away until none is left."""
    left = {name: set(others) for name, others in used.items()}
    while free := [name for name, others in left.items() if not others & set(left)]:
        for name in free:
            del left[name]
    return set(left)


def test_modules_use_each_other_one_way() -> None:
    used = {module: {package for _path, package, _part in list_used(module)} for module in MODULES}
    assert used["notices"] == set() and used["staff"] == {"notices"} and used["customers"] == {"notices", "staff"} and len(MODULES) >= 11
    assert find_rings(used) == set()
    assert find_rings({**used, "staff": {"handover"}}) >= {"staff", "handover"}  # a ring would be noticed


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_stand_at_the_top(path: Path) -> None:
    inner = [
        (node.name, inside.lineno)
        for node in ast.walk(read(path))
        if isinstance(node, ast.FunctionDef) and not (name_of(path) in NAMED_ONCE and node.name in {"_build_desk", "_add_commands"})
        for inside in ast.walk(node)
        if isinstance(inside, ast.Import | ast.ImportFrom)
    ]
    assert inner == []


def test_each_noqa_gives_its_reason() -> None:
    bare = []
    for path in [*FILES, ROOT / "config.py", ROOT / "run.py"]:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if "noqa" in line and not re.search(r"# noqa: [A-Z0-9, ]+ +(?:–|-|—|\()? ?\w+", line):
                bare.append((path.name, number))
    assert bare == []


# What the scope's criteria do not reach (tests/test_scope.py has the forms that they do): not to be used on module tables.
BLIND_SPOTS = {"contains_eager", "aliased"}
# A joined eager load is not narrowed either: only for relations to rows that nobody owns.
UNOWNED = {"owner", "author", "assignee", "status", "priority", "kind", "region", "industry", "source", "category", "department"}


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_no_form_of_statement_that_the_scope_does_not_narrow(path: Path) -> None:
    imported = {item for _, module, names in list_imports(read(path)) if module.startswith("sqlalchemy") for item in names}
    assert imported & BLIND_SPOTS == set()
    source = path.read_text(encoding="utf-8")
    assert set(re.findall(r"joinedload\(\w+\.(\w+)", source)) <= UNOWNED
    assert re.findall(r"\bexists\(\)\s*\.where|lazy=\"joined\"|\.with_parent\(|\b[A-Z]\w+\.\w+\.(?:any|has)\(", source) == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_owned_rows_are_never_read_from_memory(path: Path) -> None:
    """`session.get` answers from the identity map without asking the scope: only for rows that nobody owns."""
    owned = {model.__name__ for model in owned_models()}
    assert {"Customer", "TicketComment", "Handover"} <= owned
    if name_of(path).startswith(("core/writes/facts.py", "core/writes/gate.py", "seed/")):
        return
    found = re.findall(r"session(?:\(\))?\.get(?:_one)?\(\s*(\w+)", path.read_text(encoding="utf-8"))
    assert owned & set(found) == set()
    assert not re.search(rf"\.query\((?:{'|'.join(sorted(owned))})\)\.get\(", path.read_text(encoding="utf-8"))


def test_only_config_reads_the_environment() -> None:
    readers = [name_of(path) for path in FILES if re.search(r"\bos\.environ|\bgetenv\(", path.read_text(encoding="utf-8"))]
    assert readers == []


# `.first()` without an order answers with whichever row the database reads first. These select at most one row, or ask if there is any.
FIRST_OF_ONE = {
    ("staff/queries.py", "read_profile"): "by the primary key",
    ("core/writes/numbering.py", "issue"): "one row is counted up, by the unique pair of code and year",
    ("core/web/health.py", "health"): "asks whether there is any",
    ("core/writes/resending.py", "note_submission"): "one row is entered, by its primary key",
    ("oversight/bin.py", "_lock_deleted"): "by the primary key",
    ("handover/moving.py", "close_account"): "asks whether there is any other",
    ("handover/undoing.py", "_check_reach"): "asks whether there is any",
}


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_the_first_row_is_the_first_of_an_order(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    innermost = {node: function.name for function in functions for node in ast.walk(function)}  # ast.walk goes outside in
    loose = {
        (name_of(path), name)
        for node, name in innermost.items()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "first" and not node.args
        if "order_by(" not in (ast.get_source_segment(source, node) or "")
    }
    assert loose - set(FIRST_OF_ONE) == set()


def test_every_exception_to_the_order_is_still_there() -> None:
    for name, function in FIRST_OF_ONE:
        source = (APP / name).read_text(encoding="utf-8")
        assert f"def {function}(" in source and ".first()" in source


def test_ids_from_outside_are_read_in_one_place() -> None:
    readers = [name_of(path) for path in FILES if ".isdecimal()" in path.read_text(encoding="utf-8")]
    assert readers == ["core/base/input_guard.py", "core/web/logs.py"]  # the log names the numbers of an address

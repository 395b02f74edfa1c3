"""Each person's own lists: named views (filters, order, columns, row height), and the columns of the plain list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qsl, urlencode

from flask import abort, current_app, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import BindParameter, CheckConstraint, ForeignKey, ScalarSelect, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column

from ...extensions import db
from ..access.viewer import current_viewer
from ..base.errors import RuleViolation
from ..base.i18n import Words
from ..base.input_guard import is_text, parse_id
from ..base.texts import clean
from ..db.identities import Identity, make_key
from ..writes import commit
from ..writes.columns import column
from ..writes.fields import TextRule
from .base import ListBase
from .facets import MAX_VALUES, Args

DENSITIES = ("normal", "compact")
MAX_VIEWS = 30  # of one list and person
MAX_QUERY_TEXT = 1_000
TABS = 4  # views that stand as tabs over their list; the others are in a menu
NAME_NEEDED = _l("Enter a name for the view.")
TOO_MANY = _l("You have 30 views of this list. Delete one first.")


class SavedView(db.Model):
    """One person's view of one list. The one without a name is the plain list: columns and row height alone."""

    __tablename__ = "saved_view"
    __table_args__ = (
        UniqueConstraint("staff_id", "module", "name"),
        CheckConstraint("density IN ('normal', 'compact')", name="density"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    module: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = column(TextRule(60))
    query: Mapped[str] = mapped_column(String(MAX_QUERY_TEXT), default="")
    columns: Mapped[str] = mapped_column(String(500), default="")
    density: Mapped[str] = mapped_column(String(7), default="normal")
    is_default: Mapped[bool] = mapped_column(default=False)


VIEW_IDENTITY = Identity("view", ("name",), scope=("staff_id", "module"), needed=False)


@dataclass(frozen=True)
class Layout:
    """How one list is shown to one person now."""

    columns: Sequence[str]
    density: str = "normal"
    view: SavedView | None = None
    own: Sequence[SavedView] = ()
    start_url: str | None = None  # where to go instead: the person's default view

    @property
    def has_default(self) -> bool:
        """Tell whether the bare address of the list would open a view."""
        return any(view.is_default for view in self.own)


@dataclass(frozen=True)
class ViewMenu:
    """What the menus over a list print."""

    screen: str
    query: str
    plain_url: str
    views: Sequence[tuple[SavedView, str]]
    tabs: Sequence[tuple[SavedView, str]]
    others: Sequence[tuple[SavedView, str]]  # those for which the row of tabs has no room
    current: SavedView | None
    columns: Sequence[tuple[str, Words, bool]]
    density: str


def select_modules(person: BindParameter[int], _today: BindParameter[date]) -> ScalarSelect[str]:
    """Select the lists of which a person has saved views, joined by commas."""
    table = SavedView.__table__.c
    mine = select(table.module).where(table.staff_id == person).distinct().subquery()
    return select(func.aggregate_strings(mine.c.module, ",")).scalar_subquery()


def key_of(screen: ListBase) -> str:
    """Return the name under which a list's views are saved."""
    return screen.route_base.strip("/")


def _read_own(screen: ListBase) -> list[SavedView]:
    statement = select(SavedView).where(SavedView.staff_id == current_viewer().id, SavedView.module == key_of(screen))
    return list(db.session.scalars(statement.order_by(SavedView.name)))


def clean_columns(screen: ListBase, names: Sequence[str]) -> list[str]:
    """Return those columns that the list declares, in its order; the first, which opens the row, always."""
    wanted = {*(screen.former_columns.get(name, name) for name in names), screen.list_columns[0]}
    return [name for name in screen.all_columns() if name in wanted]


def read_layout(screen: ListBase, args: Mapping[str, str]) -> Layout:
    """Return how the viewer wants this list, in one statement; another person's view counts as none."""
    profile = current_viewer().profile
    own = _read_own(screen) if profile is not None and key_of(screen) in profile.parts.get("views", "").split(",") else []
    named = [view for view in own if view.name]
    view = next((view for view in named if str(view.id) == args.get("view")), None)
    row = view or next((view for view in own if not view.name), None)
    columns = clean_columns(screen, row.columns.split(",")) if row is not None and row.columns else list(screen.list_columns)
    start = None if args else next((view for view in named if view.is_default), None)
    start_url = address_of(screen, start) if start is not None else None
    return Layout(columns, row.density if row is not None else DENSITIES[0], view, named, start_url)


def address_of(screen: ListBase, view: SavedView) -> str:
    """Return the address that opens a view: its filters and order are ordinary arguments, so they can be changed."""
    return f"{screen.url('list')}?view={view.id}" + (f"&{view.query}" if view.query else "")


def clean_query(screen: ListBase, pairs: Sequence[tuple[str, str]]) -> str:
    """Return the filters, order and page size of a list's address; cursors, page numbers and unknown names are left out.

    A facet keeps each of its values, everything else the first.
    """
    if not pairs:
        return ""
    facets = {facet.name for facet in screen.all_facets()}
    single = {"q", "sort", "size", *(f"{span.name}_{end}" for span in screen.ranges() for end in ("from", "to"))}
    kept: dict[str, list[str]] = {}
    for name, value in pairs:
        values = kept.setdefault(name, []) if name in facets or name in single else None
        if values is not None and value and is_text(value) and value not in values and len(values) < (MAX_VALUES if name in facets else 1):
            values.append(value)
    return urlencode(kept, doseq=True)


def make_menu(screen: ListBase, layout: Layout, args: Args) -> ViewMenu:
    """Return the tabs of views over a list, and the menu of its columns."""
    shown, words = set(layout.columns), screen.words()
    views = [(view, address_of(screen, view)) for view in layout.own]
    tabs = views[:TABS]
    if layout.view is not None and layout.view not in layout.own[:TABS]:
        tabs = [*views[: TABS - 1], next(entry for entry in views if entry[0] is layout.view)]
    return ViewMenu(
        screen=key_of(screen),
        query=clean_query(screen, list(args.items(multi=True))),
        plain_url=screen.url("list") + ("?view=0" if layout.has_default else ""),
        views=views,
        tabs=tabs,
        others=[entry for entry in views if entry not in tabs],
        current=layout.view,
        columns=[(name, words[name], name in shown) for name in screen.all_columns()],
        density=layout.density,
    )


def _find_screen(key: str) -> ListBase:
    """Return the list screen with this name if the viewer may list it; 404 or 403 else."""
    if current_viewer().profile is None:
        abort(401)
    views = current_app.extensions["appbuilder"].baseviews
    screen = next((view for view in views if isinstance(view, ListBase) and key_of(view) == key), None)
    if screen is None:
        abort(404)
    if not screen.may("can_list"):
        abort(403)
    return screen


def _commit() -> bool:
    try:
        commit.commit()
    except RuleViolation as refusal:
        flash(str(refusal), "danger")
        return False
    return True


class SavedViewsView(BaseView):
    """Saves views; the lists themselves show them. Everybody reaches their own, of lists that they may open."""

    route_base = "/views"
    default_view = "save"
    class_permission_name = "SavedViews"
    base_permissions: list[str] = []

    @expose("/save", methods=["POST"])
    def save(self) -> ResponseReturnValue:
        """Keep the list as it is shown under a name; a view of that name is overwritten."""
        screen = _find_screen(request.form.get("screen", ""))
        own, layout = _read_own(screen), read_layout(screen, request.form)
        query = clean_query(screen, parse_qsl(request.form.get("query", "")[:2_000]))
        name = clean(" ".join(request.form.get("name", "").split()))
        view = next((known for known in own if known.name and make_key(known.name) == make_key(name)), None)
        back = f"{screen.url('list')}?view={layout.view.id if layout.view else 0}&{query}"
        if not name or len(query) > MAX_QUERY_TEXT or (view is None and len(layout.own) >= MAX_VIEWS):
            flash(str(TOO_MANY if name else NAME_NEEDED), "danger")
            return redirect(back)
        if view is None:
            view = SavedView(staff_id=current_viewer().id, module=key_of(screen))
            db.session.add(view)
        view.name, view.query, view.density = name, query, layout.density
        view.columns = _join(screen, layout.columns)
        if request.form.get("is_default"):
            _make_default(own, view)
        if not _commit():
            return redirect(back)
        flash(commit.say_saved(name), "success")
        return redirect(address_of(screen, view))

    @expose("/layout", methods=["POST"])
    def layout(self) -> ResponseReturnValue:
        """Set the columns and the row height of the view that is open, or of the plain list."""
        screen, form = _find_screen(request.form.get("screen", "")), request.form
        own = _read_own(screen)
        row = next((view for view in own if view.name and str(view.id) == form.get("view")), None)
        number = row.id if row is not None else 0
        row = row or next((view for view in own if not view.name), None)
        if row is None:
            row = SavedView(staff_id=current_viewer().id, module=key_of(screen))
            db.session.add(row)
        is_reset = bool(form.get("reset"))
        row.columns = "" if is_reset else _join(screen, clean_columns(screen, form.getlist("columns")))
        row.density = form["density"] if form.get("density") in DENSITIES and not is_reset else DENSITIES[0]
        query = clean_query(screen, parse_qsl(form.get("query", "")[:2_000]))
        _commit()
        return redirect(f"{screen.url('list')}?view={number}" + (f"&{query}" if query else ""))

    @expose("/delete/<pk>", methods=["POST"])
    def delete(self, pk: str) -> ResponseReturnValue:
        """Delete one of one's own views."""
        view = self._find_own(pk)
        screen, name = _find_screen(view.module), view.name
        db.session.delete(view)
        if _commit():
            flash(_("%(name)s deleted", name=name), "success")
        return redirect(f"{screen.url('list')}?view=0")

    @expose("/default/<pk>", methods=["POST"])
    def default(self, pk: str) -> ResponseReturnValue:
        """Open the list with this view from now on; with the plain list if it already did."""
        view = self._find_own(pk)
        screen = _find_screen(view.module)
        _make_default(_read_own(screen), None if view.is_default else view)
        address = address_of(screen, view)
        if _commit():
            flash(commit.say_saved(view.name), "success")
        return redirect(address)

    @staticmethod
    def _find_own(pk: str) -> SavedView:
        viewer = current_viewer()
        if viewer.profile is None:
            abort(401)
        number = parse_id(pk) or 0
        statement = select(SavedView).where(SavedView.id == number, SavedView.staff_id == viewer.id, SavedView.name != "")
        return db.session.scalar(statement) or abort(404)


def _join(screen: ListBase, columns: Sequence[str]) -> str:
    """Return columns as they are saved; the list's own choice as nothing, so that it follows the list."""
    return "" if list(columns) == list(screen.list_columns) else ",".join(columns)


def _make_default(own: Sequence[SavedView], chosen: SavedView | None) -> None:
    for view in own:
        view.is_default = False
    if chosen is not None:
        chosen.is_default = True

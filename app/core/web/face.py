"""The living page of components, /_face: each from the macro or include that screens use, with made-up data, in both themes.

It is there in demos and tests only (`FACE_PAGE` in config.py). A component is added in app/templates/ui/face: a few lines in
the file of its kind, or a new file, which is found by its name. What a sample needs beyond literals is made in `make_samples`.
"""

from __future__ import annotations

from flask import Flask, abort, current_app, render_template, request
from markupsafe import Markup
from wtforms import BooleanField, DateField, Form, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from ..access.viewer import current_viewer
from ..base.formatting import badge
from ..base.page_data import Column, FacetView, Listing, ListRow, Pager, RangeView

FOLDER = "ui/face/"
HERE = "#lists"  # where the links of samples lead
THEMES = ("light", "dark")
SIZES = {"s": "Small", "l": "Large"}


class SampleForm(Form):
    """A field of each kind that forms have, in English like the rest of the page."""

    name = StringField("Name", [InputRequired("Choose a name.")])
    kind = SelectField("Kind", choices=SIZES)
    day = DateField("Day", description="The day on which it begins.")
    size = RadioField("Size", choices=SIZES, default="s")
    text = TextAreaField("Remark")
    is_main = BooleanField("Main contact")


def register(app: Flask) -> None:
    """Serve the page where the settings want it; elsewhere its address is nobody's."""
    if app.config["FACE_PAGE"]:
        app.add_url_rule("/_face", "face", show_face)


def show_face() -> str:
    """Show every component, to whoever is signed in: in both themes, or with `?theme=` in one (for tools that want each id once)."""
    if current_viewer().profile is None:
        abort(401)
    wanted = request.args.get("theme")
    themes = (wanted,) if wanted in THEMES else THEMES
    return render_template(FOLDER + "_page.html", groups=list_groups(current_app), themes=themes, **make_samples())


def list_groups(app: Flask) -> list[str]:
    """Return the names of the files of components, in the order of the alphabet; those with an underscore are the page's own."""
    paths = app.jinja_env.list_templates(filter_func=lambda path: path.startswith(FOLDER))
    names = [path.removeprefix(FOLDER).removesuffix(".html") for path in paths]
    return sorted(name for name in names if not name.startswith("_"))


def make_samples() -> dict[str, object]:
    """Return what samples need that a template cannot write down, such as a form with fields."""
    form = SampleForm()
    form.name.errors = ["Choose a name."]
    return {"form": form, "filters": make_filters(), "contracts": make_contracts()}


def make_filters() -> Listing:
    """Return a list with a facet of three chosen values, one of none, and a span of days."""
    chosen = [("1", "Signed"), ("2", "In negotiation"), ("3", "First contact")]
    facets = [FacetView("status", "Status", [], chosen, HERE), FacetView("industry", "Industry", [])]
    found = Listing([], [], Pager(None, None, None, None, ""), facets=facets, is_filtered=True, clear_url=HERE)
    found.ranges = [RangeView("ends", "Ends on", "2026-12-01", "", HERE)]
    return found


def make_contracts() -> Listing:
    """Return a list of two rows with cells of two lines, and their sum."""
    amount = Markup('¥1,292,000<small><span class="amber" title="2026-12-31">ends in 34 days</span></small>')
    columns = [
        Column("title", "Title", HERE, "desc", False, [("Number", HERE, "")]),
        Column("status", "Status", None, "", False),
        Column("amount", "Amount", None, "", True, [("Ends on", HERE, "")]),
    ]
    rows = [
        ListRow(1, HERE, ["Hosting agreement", badge("In force", "green"), amount], "Hosting agreement", "CT-01097 · Power"),
        ListRow(2, HERE, ["Bandwidth", badge("Draft", "grey"), ""], "Bandwidth", "CT-01098"),
    ]
    return Listing(columns, rows, Pager(None, None, None, None, "1–2 of 2"), embedded=True, sums=["¥1,292,000"])

"""The pages of a case as plain data: what is shown, what is asked, which buttons there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from ..core.access.viewer import current_viewer
from ..core.base.errors import RuleViolation
from ..extensions import db
from .ahead import say_next
from .asking import Asked
from .bars import Bar, make_bar
from .filling import Misfits
from .flow.case import Case as State
from .forms import StepForm, make_form, say_misfits
from .models import Case
from .opinions import Opinion, list_with_words, read_opinions
from .page import BandStep, Look, ReadValue, list_written, look_at, make_band, read_form_values, say_who
from .queries import find_role_names
from .reading import Design


@dataclass
class CasePage:
    """A case, or one that is only beginning, as its page prints it."""

    title: str = ""
    design: Design | None = None
    band: Sequence[BandStep] = ()
    values: Sequence[ReadValue] = ()
    opinions: Sequence[Opinion] = ()
    history: Sequence[Opinion] = ()
    form: StepForm | None = None
    bar: Bar = field(default_factory=Bar)
    errors: Sequence[str] = ()
    said: str = ""
    url: str = ""
    next_words: str = ""
    choosers: StepForm | None = None
    at: int = 0
    lead: str = ""


def make_case_page(
    item: Case, *, asked: Asked | None = None, sent: Mapping[str, str] | None = None,
    refusal: RuleViolation | None = None, is_sheet: bool = False,
) -> CasePage:  # fmt: skip
    """Return the page of a case; refused, with what was sent and why it was refused."""
    look = look_at(item)
    written = frozenset() if is_sheet else list_written(look)
    history = read_opinions(look.design, item.id)
    page = CasePage(
        look.design.name, look.design, make_band(look), read_form_values(look, but=written), list_with_words(history), history,
        url=url_for("CasesView.act", pk=item.id), at=_find_place(look),
    )  # fmt: skip
    if is_sheet:
        return page
    if written:
        page.form = make_form(look.design, look.step, look.filled.values, sent=sent)
    page.bar = make_bar(look, sent)
    page.lead = page.bar.lead
    if page.bar.task and not page.bar.is_opinion:
        page.next_words, page.choosers = say_next(look.design, look.step, look.state, look.filled.values, look.filled.records, sent)
    if refusal is not None:
        _show_refusal(page, refusal, asked.said if asked is not None else "")
    return page


def _find_place(look: Look) -> int:
    codes = [step.code for step in look.design.flow.steps]
    return codes.index(look.state.step) + 1 if look.state.step in codes else 0


def _show_refusal(page: CasePage, refusal: RuleViolation, said: str) -> None:
    page.said = said
    sentences = refusal.sentences if isinstance(refusal, Misfits) else {refusal.field or "": str(refusal)}
    page.errors = say_misfits(page.form, sentences) if page.form is not None else list(sentences.values())


def make_start_page(
    design: Design, *, args: Mapping[str, str] | None = None, sent: Mapping[str, str] | None = None,
    present: Mapping[str, Any] | None = None, refusal: RuleViolation | None = None,
) -> CasePage:  # fmt: skip
    """Return the page on which a case begins, filled in from the address, an ended case, or what was sent and refused."""
    step, held = design.flow.first, dict(present or {})
    held |= {code: text for code, text in (args or {}).items() if code in design.fields and text}
    page = CasePage(design.name, design, url=url_for("CasesView.start", code=design.code), at=1)
    page.form = make_form(design, step, held, sent=sent)
    page.band = [
        BandStep(place, design.call(one.code), "now" if place == 1 else "ahead", [say_who(design, one, find_role_names(db.session()))])
        for place, one in enumerate(design.flow.steps, 1)
    ]
    page.bar = Bar(verb=design.steps[step.code].verb or _("Send"), may_save=True)
    viewer = current_viewer()
    page.next_words, page.choosers = say_next(design, step, State(viewer.id or 0), {}, {}, sent)
    if refusal is not None:
        _show_refusal(page, refusal, (sent or {}).get("said", ""))
    return page

"""The pieces of a record's workspace as plain data: stages, next step, stream, composer, rail; and where modules offer theirs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_wtf import FlaskForm
from markupsafe import Markup

from .entities import Entity
from .i18n import Words
from .page_data import Button, Cells, Notes, Pairs, Tab
from .registry import Registry
from .showing import show_safely


@dataclass
class Stage:
    """One step of the stage bar.

    `kind`: “done” (was), “now” (is), “ahead” (may come), “leave” (a way out), “left” (the way out that was taken). `when`: since when it
    stands there, or what the move needs. `value`: what its button sends; None where the viewer, or the step, makes no move. `dialog`: what
    the move needs is asked there.
    """

    label: Words
    kind: str
    when: Words = ""
    title: Words = ""
    value: str | None = None
    dialog: Button | None = None


@dataclass
class StageBar:
    """The steps of a record, and the form that its buttons belong to: its address, and the name of what they send."""

    steps: Sequence[Stage]
    url: str = ""
    name: str = ""
    version: int | None = None

    @property
    def dialogs(self) -> list[Button]:
        """Return the dialogs of the moves that need something."""
        return [step.dialog for step in self.steps if step.dialog is not None]


@dataclass
class NextStep:
    """What is to be done next with a record: its words, its day, how far that is; empty where nothing is planned."""

    text: Words = ""
    month: Words = ""
    day: str = ""
    due: Words = ""
    is_late: bool = False
    note: Words = ""
    done_url: str | None = None
    edit_url: str | None = None
    version: int | None = None

    @property
    def is_planned(self) -> bool:
        """Tell whether anything is planned."""
        return bool(self.text or self.day)


@dataclass
class Event:
    """One line of the stream. `at` is a UTC instant; `is_day`: only the day is known, of which it is the beginning.

    `label` stands out, `about` beside it; `text` below, as it was written, and what is to `follow`. `key` tells events of one source at
    one instant apart. The stream itself writes `rank` (of its source), `when` and `title` (in short, and in full).
    """

    at: datetime
    label: Words
    icon: str
    about: Words = ""
    text: str = ""
    who: str = ""
    url: str | None = None
    is_day: bool = False
    badge: Markup | str = ""
    follow: str = ""
    tone: str = "grey"
    is_minor: bool = False
    key: int = 0
    rank: int = 0
    when: str = ""
    title: str = ""


@dataclass
class Day:
    """The events of one day, week or month, under its head."""

    title: Words
    dates: Words
    events: list[Event] = field(default_factory=list)


@dataclass
class Choice:
    """One of a few: its address, its words, whether it is the present one; or what a radio button sends, and its icon."""

    label: Words
    url: str = ""
    is_on: bool = False
    count: int | None = None
    value: str = ""
    icon: str = ""


@dataclass
class Stream:
    """One page of what happened to a record, newest first, and where the older ones are."""

    days: Sequence[Day]
    filters: Sequence[Choice] = ()
    older_url: str | None = None
    is_older: bool = False
    list_url: str | None = None
    list_label: Words = ""


@dataclass
class Composer:
    """The form on top of the stream: what may be written (kinds), and the fields of it. `files`: files may be sent along."""

    url: str
    kinds: Sequence[Choice]
    form: FlaskForm
    files: bool = False
    hint: Words = ""


@dataclass
class RailPart:
    """One part of the rail: a template with data. `is_first`: on phones it stands before the main column."""

    id: str
    title: Words
    template: str
    data: Any = None
    count: int | None = None
    badge: Markup | str = ""
    add_url: str | None = None
    add_label: Words = ""
    link: tuple[str, Words] | None = None
    is_first: bool = False
    is_inline: bool = False  # what adds opens in place
    order: int = 50


@dataclass
class InlineForm:
    """A form that is open in the page: its key (`contact:12`), and what someone else saved meanwhile, as label, theirs, yours."""

    key: str
    title: Words
    url: str
    form: FlaskForm
    cancel_url: str
    name: str = ""
    may_remove: bool = False
    conflict: Sequence[tuple[str, str, str]] = ()


@dataclass
class Workspace:
    """The pieces that stand around a record's stream."""

    stages: StageBar | None = None
    next_step: NextStep | None = None
    composer: Composer | None = None
    stream: Stream | None = None
    rail: Sequence[RailPart] = ()


@dataclass
class Record:
    """What the record page prints. `owner`: who is responsible; `facts`: what stands beside it, without label where the value says all."""

    name: str
    number: str | None = None
    crumbs: Sequence[tuple[Words, str | None]] = ()
    initials: str = ""
    badge: Words = ""
    owner: Words = ""
    owner_letter: str = ""
    facts: Pairs = ()
    lead: str = ""
    icon: str = ""
    actions: list[Button] = field(default_factory=list)
    notes: Notes = ()
    sections: Sequence[tuple[Words | None, Cells]] = ()
    tabs: list[Tab] = field(default_factory=list)
    tab: Tab | None = None  # the one that is open
    main_tab: Tab | None = None  # the one that stands below the details
    tab_links: Sequence[Choice] = ()
    reason: str = ""
    reach_url: str | None = None
    workspace: Workspace = field(default_factory=Workspace)
    inline: InlineForm | None = None


PartMaker = Callable[[Any], RailPart | None]  # of a record of the module that it is registered for; None: nothing to show
ButtonMaker = Callable[[Any], Sequence[Button]]
RAIL: Registry[str, PartMaker] = Registry("parts of the rail")  # by module
BUTTONS: Registry[str, ButtonMaker] = Registry("buttons on record pages")  # by module; the last one of a primary is the main one


def make_rail(module: str, item: Entity) -> list[RailPart]:
    """Return the parts of the rail that modules have for this viewer; one that cannot be made stays away alone."""
    made = (show_safely(item, "a part of the rail", make, None) for make in RAIL.all_of(module))
    return [part for part in made if part is not None]


def make_buttons(module: str, item: Entity) -> list[Button]:
    """Return the buttons that downstream modules have for this record and viewer."""
    nothing: Sequence[Button] = ()
    return [button for make in BUTTONS.all_of(module) for button in show_safely(item, "buttons", make, nothing)]

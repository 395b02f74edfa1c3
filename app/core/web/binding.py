"""Bind the manifests: the one place where what modules declare reaches the core's registries and Flask-AppBuilder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...extensions import db
from ..access.checks import check_policies
from ..access.policy import PolicyError
from ..access.viewer import DIRECTORY, PROFILE_PARTS, SHARES
from ..base.entities import table_of
from ..base.notice_kinds import NOTICE_KINDS
from ..base.offers import EFFECTS, FACTS
from ..base.screens import NAMES
from ..base.workspace import BUTTONS, RAIL
from ..db.identities import IDENTITIES
from ..forms.lookups import CARD_PARTS, LOOKUPS
from ..forms.undo import RESTORERS
from ..lists.facets import FACETS as LIST_FACETS
from ..lists.pages import LIST_ACTIONS
from ..views.compose import WRITERS
from ..views.timeline import EVENTS
from ..writes.columns import DEFINITIONS
from ..writes.gate import GUARDS
from ..writes.history import WATCHED
from ..writes.kept import KEPT
from ..writes.option_sets import OPTION_SETS
from .modules import Module, all_grants

OWN, DOWNSTREAM = 0, 1  # the order of guards


def bind(modules: Sequence[Module]) -> None:
    """Fill the registries from the manifests and check what they and the models declare. Binding the same again changes nothing.

    Raises PolicyError or ValueError for what cannot be so, naming it.
    """
    for module in modules:
        _bind_screens(module)
        _bind_rules(module)
        _bind_people(module)
    _check_names(modules)
    check_policies(
        [mapper.class_ for mapper in db.Model.registry.mappers],
        modules={name for _, name in all_grants(modules)},
        option_sets={one.code for module in modules for one in module.option_sets},
        series={one.code for module in modules for one in module.series},
    )


def _bind_screens(module: Module) -> None:
    for screen in module.screens:
        if screen.label is not None:
            NAMES.add(screen.name, screen.label)
    for name, label in module.names.items():
        NAMES.add(name, label)
    for lookup in module.lookups:
        LOOKUPS.add(lookup.name, lookup)
    for parent, events in module.timeline:
        EVENTS.add(parent, events)
    for parent, part in module.rail:
        RAIL.add(parent, part)
    for parent, buttons in module.buttons:
        BUTTONS.add(parent, buttons)
    for parent, writer in module.composers:
        WRITERS.add(parent, writer)
    for name, lines in module.card_lines:
        CARD_PARTS.add(name, lines)
    for parent, action in module.list_actions:
        LIST_ACTIONS.add(parent, action)
    for parent, facet in module.facets:
        LIST_FACETS.add(parent, facet)


def _bind_rules(module: Module) -> None:
    package = module.guards[0][1].__module__.rpartition(".")[0] if module.guards else ""
    for model, guard in module.guards:
        GUARDS.add(model, guard, order=OWN if model.__module__.startswith(f"{package}.") else DOWNSTREAM)
    for one in module.option_sets:
        OPTION_SETS.add(one.code, one.label)
    for fact in module.facts:
        FACTS.add(fact.code, fact)
    for effect in module.effects:
        EFFECTS.add(effect.code, effect)
    for kept in module.kept:
        KEPT.add(kept.source, kept)
    for watched in module.watched_sets:
        WATCHED.add(watched.model, watched)
    for model, identity in module.identities.items():
        IDENTITIES.add(model, identity)
    for model, fields in module.definitions.items():
        for name, rule in fields.items():
            DEFINITIONS.add((table_of(model).name, name), rule)


def _bind_people(module: Module) -> None:
    if module.restorer is not None:
        RESTORERS.add("bin", module.restorer)
    for kind in module.notices:
        NOTICE_KINDS.add(kind.code, kind)
    for name, part in module.profile_parts.items():
        PROFILE_PARTS.add(name, part)
    if module.directory is not None:
        DIRECTORY.add("people", module.directory)
    if module.shares is not None:
        SHARES.add("shares", module.shares)


def _list_additions(module: Module) -> list[tuple[str, object]]:
    """Return what a manifest adds to other modules by their names."""
    return [*module.timeline, *module.rail, *module.buttons, *module.composers, *module.list_actions, *module.facets]


def _check_names(modules: Sequence[Module]) -> None:
    """Refuse what a manifest adds to a module or lookup that is not there: a misspelt name would add it to nothing."""
    known = {name for _, name in all_grants(modules)}
    lookups = {lookup.name for module in modules for lookup in module.lookups}
    for module in modules:
        named = {name for name, _ in _list_additions(module)}
        granted = {name for grants in module.grants.values() for name in grants}
        for name in sorted((named | granted) - known):
            raise PolicyError(f"The manifest of {module.name!r} adds to {name!r}, and no screen brings the permissions of that name.")
        for name in sorted({name for name, _ in module.card_lines} - lookups):
            raise PolicyError(f"The manifest of {module.name!r} adds lines to the lookup {name!r}, which no manifest declares.")


def add_views(appbuilder: Any, modules: Sequence[Module]) -> None:
    """Register every module's screens and REST resources with Flask-AppBuilder."""
    for module in modules:
        for screen in module.screens:
            if screen.label is None:
                appbuilder.add_view_no_menu(screen.view)
            else:
                appbuilder.add_view(screen.view, screen.name, label=screen.label)
        for api in module.apis:
            appbuilder.add_api(api)

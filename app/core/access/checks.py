"""Check the policy of every model at start-up: the app does not start with a missing, misspelt or contradictory declaration."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from sqlalchemy.orm import class_mapper

from ..base.entities import Entity
from .mixins import Gated, Owned
from .policy import OwnedPolicy, Policy, PolicyError

# What Python and SQLAlchemy call a class's own; any other name of this form is a declaration that nothing reads.
KNOWN_MARKS = frozenset(
    {"__tablename__", "__table__", "__table_args__", "__mapper__", "__mapper_args__", "__abstract__", "__annotations__", "__module__",
     "__doc__", "__init__", "__str__", "__repr__", "__eq__", "__hash__", "__qualname__", "__dict__", "__weakref__", "__firstlineno__",
     "__static_attributes__"}
)  # fmt: skip


def check_policies(
    models: Iterable[type[Entity]], *, modules: Collection[str], option_sets: Collection[str], series: Collection[str]
) -> None:
    """Refuse to start with a model that declares too little or what is not there. Raises PolicyError.

    `modules`: the permission names that some screen brings; `option_sets` and `series`: the codes that the manifests declare.
    """
    known = {model.__name__: model for model in models}
    for model in known.values():
        faults = (
            [*_find_marks(model), *_find_faults(model, known)]
            if issubclass(model, Gated) and not class_mapper(model).polymorphic_abstract
            else []
        )
        policy = getattr(model, "policy", None)
        if not faults and isinstance(policy, Policy):
            faults = [*_find_unknown(policy, modules, option_sets, series)]
        if faults:
            raise PolicyError(f"{model.__name__}: {'; '.join(faults)}")


def _find_marks(model: type[Entity]) -> Iterator[str]:
    for name in vars(model):
        if name.startswith("__") and name.endswith("__") and name not in KNOWN_MARKS:
            yield f"{name} is no mark of a model"


def _find_faults(model: type[Entity], known: dict[str, type[Entity]]) -> Iterator[str]:
    policy = vars(model).get("policy")
    needed = OwnedPolicy if issubclass(model, Owned) else Policy
    if not isinstance(policy, needed):
        yield f"its policy must be {needed.__name__}(…)"
        return
    for column in dict.fromkeys(policy.columns()):
        if column not in class_mapper(model).columns:
            yield f"its policy names the column {column!r}, which it does not have"
    if not isinstance(policy, OwnedPolicy):
        return
    if policy.parent is not None and policy.root is None:
        yield "its policy has a parent and no root"
    for link in policy.links:
        if not issubclass(known.get(link.model, object), Owned):
            yield f"its policy leads to {link.model!r}, which is no owned model"


def _find_unknown(policy: Policy, modules: Collection[str], option_sets: Collection[str], series: Collection[str]) -> Iterator[str]:
    if policy.module not in modules:
        yield f"no screen brings the permissions of {policy.module!r}"
    for code in policy.option_sets.values():
        if code not in option_sets:
            yield f"no manifest declares the option set {code!r}"
    if policy.number is not None and policy.number not in series:
        yield f"no manifest declares the number series {policy.number!r}"

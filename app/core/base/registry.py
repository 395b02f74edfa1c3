"""What the modules' manifests offer to one place of the core. Filled by `core.web.binding` alone, when the app is made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import ClassVar, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Registry(Generic[K, V]):
    """Key -> what was offered under it, in order. Offering the same again changes nothing, so that an app can be made twice."""

    every: ClassVar[list[Registry[object, object]]] = []

    def __init__(self, name: str, *, single: bool = False) -> None:
        """`name`: what is offered, for errors. `single`: each key takes one offer."""
        self.name = name
        self._single = single
        self._offers: dict[K, list[tuple[int, V]]] = defaultdict(list)
        Registry.every.append(self)  # type: ignore[arg-type]  # the list is read for names and lengths alone

    def add(self, key: K, value: V, *, order: int = 50) -> None:
        """Take an offer; those of a key are kept by their order, then as they came. Raises ValueError for a second one of a single key."""
        offers = self._offers[key]
        if any(known is value for _, known in offers):
            return
        if self._single and offers:
            raise ValueError(f"{self.name}: {key!r} is there already")
        offers.append((order, value))
        offers.sort(key=lambda offer: offer[0])

    def all_of(self, key: K) -> Iterator[V]:
        """Yield what was offered under a key."""
        for _, value in self._offers.get(key, ()):
            yield value

    def find(self, key: K) -> V | None:
        """Return the first offer under a key; None for none."""
        return next(self.all_of(key), None)

    def first_of_each(self) -> dict[K, V]:
        """Return key -> its first offer."""
        return {key: offers[0][1] for key, offers in self._offers.items() if offers}

    def __contains__(self, key: object) -> bool:
        return key in self._offers

    def __len__(self) -> int:
        return sum(len(offers) for offers in self._offers.values())

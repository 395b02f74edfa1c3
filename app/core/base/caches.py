"""The caches of a process, declared: nothing else that outlives a request may be written by one.

An entry depends on its cache key alone (and, where one is given, on the version of grants and short lists), never on who asked.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable
from functools import cache
from typing import Generic, ParamSpec, TypeVar

Value = TypeVar("Value")
Asked = ParamSpec("Asked")
_declared: weakref.WeakSet[Cache] = weakref.WeakSet()


class Cache(Generic[Value]):
    """A bounded dictionary that every thread may read and write; when it is full, it is emptied.

    `is_of_code`: what it holds follows from the installed files alone, so that no row, grant or person can make it wrong.
    """

    def __init__(self, name: str, size: int, *, is_of_code: bool = False) -> None:
        self.name, self.size, self.is_of_code = name, size, is_of_code
        self._entries: dict[Hashable, tuple[int | None, Value]] = {}
        _declared.add(self)

    def find(self, key: Hashable, version: int | None = None) -> Value | None:
        """Return the value cached under the key and this version; None when there is none."""
        entry = self._entries.get(key)
        return entry[1] if entry is not None and entry[0] == version else None

    def keep(self, key: Hashable, value: Value, version: int | None = None) -> Value:
        """Cache a value and return it; a key has one entry, that of the version given last."""
        if len(self._entries) >= self.size and key not in self._entries:
            self._entries.clear()
        self._entries[key] = (version, value)
        return value

    def clear(self) -> None:
        """Drop every entry."""
        self._entries.clear()

    def __len__(self) -> int:
        return len(self._entries)


def once_each(answer: Callable[Asked, Value]) -> Callable[Asked, Value]:
    """Return the function, worked out once for each model or name it is asked about: for what the code says and nothing changes."""
    kept: Callable[..., Value] = cache(answer)  # functools' own type forgets what is asked
    return kept


def clear_data() -> None:
    """Empty every cache of the process whose entries follow from what the database holds."""
    for declared in list(_declared):
        if not declared.is_of_code:
            declared.clear()

"""What a page costs on the wire, as the browser's own network log has it. Used by the tests and by bench/face.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page


@dataclass
class Load:
    """One loading of a page: the requests that left the browser, and the bytes that came (headers included)."""

    requests: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    cached: set[str] = field(default_factory=set)

    @property
    def sent(self) -> list[str]:
        """Return the addresses that were asked of the network, in order; what the cache answered is not among them."""
        return [url for key, url in self.requests.items() if key not in self.cached and not url.startswith("data:")]

    @property
    def size(self) -> int:
        """Return the bytes received, as they went over the wire."""
        return sum(size for key, size in self.sizes.items() if key not in self.cached)

    def __str__(self) -> str:
        return f"{len(self.sent)} requests, {self.size / 1000:.1f} kB"


def weigh(page: Page, visit: Callable[[], Any]) -> Load:
    """Return what the browser fetched for a visit, until its network is idle."""
    load, session = Load(), page.context.new_cdp_session(page)
    session.on("Network.requestWillBeSent", lambda event: load.requests.update({event["requestId"]: event["request"]["url"]}))
    session.on("Network.requestServedFromCache", lambda event: load.cached.add(event["requestId"]))
    session.on("Network.responseReceived", lambda event: event["response"].get("fromDiskCache") and load.cached.add(event["requestId"]))
    session.on("Network.loadingFinished", lambda event: load.sizes.update({event["requestId"]: int(event["encodedDataLength"])}))
    session.send("Network.enable")
    visit()
    page.wait_for_load_state("networkidle")
    session.detach()
    return load

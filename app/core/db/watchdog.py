"""PostgreSQL connections that do not wait for ever: a server that hangs is an outage like one that is gone.

A host whose processes hang still acknowledges every packet, so neither keepalives nor TCP's own limit notice, and
the server's statement limit is the server's to keep. Nothing here is installed for SQLite.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Generator
from time import monotonic
from types import ModuleType
from typing import Any, cast

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

PING_TIMEOUT = 1.5  # seconds that a connection out of the pool has to show that it is alive
PROBE_AFTER = 1.0  # seconds without a byte, after which a statement's server is asked for a sign of life
PROBE_TIMEOUT = 1.2  # seconds that the server has for that
SSL_REQUEST = struct.pack("!ii", 8, 80877103)  # what a server answers by one byte before anybody signs in


def install(engine: Engine) -> None:
    """Make every connection of this engine give up on a server that is silent, and let one request at a time try one that is away."""
    if engine.dialect.name != "postgresql":
        return
    breaker = CircuitBreaker(cast(ModuleType, engine.dialect.loaded_dbapi))
    event.listen(engine, "do_connect", lambda _dialect, _record, args, parameters: breaker.connect(*args, **parameters))


def ping(engine: Engine, connection: Any) -> None:
    """Ask a connection of the driver whether it lives. Raises the driver's Error; OperationalError when it is silent for too long."""
    connection.is_pinged = True
    try:
        engine.dialect.do_ping(connection)
    finally:
        connection.is_pinged = False


# What psycopg waits by: it yields what it waits for, takes what is ready, and returns the result.
Waiting = Generator[object, object, object]


class CircuitBreaker:
    """Opens connections. While the server is away one request tries it; the others are refused at once: a circuit breaker."""

    def __init__(self, driver: ModuleType) -> None:
        self._driver = driver
        self._connection_class = make_connection_class(driver, self)
        self._lock = threading.Lock()
        self.is_away = False

    def connect(self, *args: object, **parameters: object) -> DBAPIConnection:
        """Return a new connection. Raises the driver's OperationalError."""
        if not self.is_away:
            return self._try(*args, **parameters)
        if not self._lock.acquire(blocking=False):
            raise self._driver.OperationalError("The server is away, and another request is trying it.")
        try:
            return self._try(*args, **parameters)
        finally:
            self._lock.release()

    def _try(self, *args: object, **parameters: object) -> DBAPIConnection:
        try:
            made = self._connection_class.connect(*args, **parameters)
        except self._driver.OperationalError:
            self.is_away = True
            raise
        self.is_away = False
        return made


def make_connection_class(driver: Any, breaker: CircuitBreaker) -> type[Any]:  # psycopg, which only PostgreSQL's installation has
    """Return the driver's connection class that gives up on a silent server."""

    class WatchedConnection(driver.Connection):
        is_pinged = False

        def wait(self, gen: Waiting, *args: object, **options: object) -> object:
            return super().wait(self._watch(gen), *args, **options)

        def _watch(self, gen: Waiting) -> Waiting:
            """Pass on what the driver waits for; it is woken every tenth of a second."""
            since = monotonic()
            try:
                wanted = next(gen)
                while True:
                    ready = yield wanted
                    if ready:
                        since = monotonic()
                    elif monotonic() - since > (PING_TIMEOUT if self.is_pinged else PROBE_AFTER):
                        self._refuse_silence()
                        since = monotonic()
                    wanted = gen.send(ready)
            except StopIteration as done:
                return done.value

        def _refuse_silence(self) -> None:
            """Raise OperationalError unless the server is only slow."""
            if not self.is_pinged and is_alive(self.info.hostaddr or self.info.host, self.info.port):
                return
            breaker.is_away = True
            self.close()  # a late answer must not be taken for that of the next statement
            raise driver.OperationalError("The server has stopped answering.")

    return WatchedConnection


def is_alive(host: str, port: int) -> bool:
    """Tell whether a server still greets; it need not let anybody in."""
    try:
        with _open(host, port) as end:
            end.sendall(SSL_REQUEST)
            return end.recv(1) != b""
    except OSError:
        return False


def _open(host: str, port: int) -> socket.socket:
    if not host.startswith("/"):
        return socket.create_connection((host, port), PROBE_TIMEOUT)
    end = socket.socket(socket.AF_UNIX)
    end.settimeout(PROBE_TIMEOUT)
    try:
        end.connect(f"{host}/.s.PGSQL.{port}")
    except OSError:
        end.close()
        raise
    return end

"""A TCP proxy in front of a database that can refuse, reset or freeze, and work again; standard library only."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
from types import TracebackType

MODES = ("refused", "reset", "frozen")
PIECE = 65_536


class Proxy:
    """Passes bytes between a port of its own and a server, unless it is told to misbehave.

    refused: nobody listens, what was open is cut. reset: connections are taken and cut at once, what was open too.
    frozen: connections stay and are taken, and not a byte passes, as with a host whose processes hang.
    """

    def __init__(self, host: str, port: int) -> None:
        self.server = (host, port)
        self.mode = ""
        self.port = 0
        self._listener = self._listen()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._held: list[socket.socket] = []  # taken while frozen
        self._lock = threading.Lock()
        self._cut_at: tuple[bytes, bool] | None = None
        self._noted = threading.Event()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _listen(self) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(64)
        self.port = listener.getsockname()[1]
        return listener

    def fail(self, mode: str) -> None:
        """Misbehave from when this returns."""
        with self._lock:
            self.mode = mode
            self._noted.clear()
        self._noted.wait(5)

    def cut_at(self, word: bytes, *, heard: bool) -> None:
        """Cut, once, the connection that sends this word: before the server hears it, or after it has answered."""
        with self._lock:
            self._cut_at = (word, heard)

    def work(self) -> None:
        """Pass everything again; what waited while frozen is served."""
        with self._lock:
            if self.mode == "refused":
                self._listener = self._listen()
            self.mode = ""
            held, self._held = self._held, []
            for client in held:
                self._join(client)

    def close(self) -> None:
        """Stop for good."""
        with self._lock:
            self._is_closed = True
            self._cut_all()
            self._listener.close()
        self._thread.join(5)

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def _run(self) -> None:
        while not self._is_closed:
            with self._lock:
                self._break()
                ends = [] if self.mode == "frozen" else [end for pair in self._pairs for end in pair]
                listening = [] if self.mode == "refused" or self._is_closed else [self._listener]
            with contextlib.suppress(OSError, ValueError):  # closed meanwhile
                ready = select.select([*listening, *ends], [], [], 0.02)[0]
                with self._lock:
                    for one in ready:
                        self._serve(one)

    def _break(self) -> None:
        """Close what the mode closes, between two calls of `select`, which keeps alive what is closed while it waits."""
        if self.mode == "refused":
            self._listener.close()
        if self.mode in ("refused", "reset"):
            self._cut_all()
        self._noted.set()

    def _serve(self, one: socket.socket) -> None:
        if one.fileno() < 0:
            return
        if one is self._listener:
            client = one.accept()[0]
            if self.mode == "reset":
                _cut(client)
            elif self.mode == "frozen":
                self._held.append(client)
            else:
                self._join(client)
            return
        pair = next(pair for pair in self._pairs if one in pair)
        if self.mode == "frozen":
            return
        try:
            data = one.recv(PIECE)
            if data and one is pair[0] and self._cut_at is not None and self._cut_at[0] in data:
                self._cut_pair(pair, data, heard=self._cut_at[1])
                return
            if data:
                (pair[1] if one is pair[0] else pair[0]).sendall(data)
                return
        except OSError:
            pass
        self._pairs.remove(pair)
        for end in pair:
            end.close()

    def _cut_pair(self, pair: tuple[socket.socket, socket.socket], data: bytes, *, heard: bool) -> None:
        self._cut_at = None
        if heard:
            pair[1].sendall(data)
            pair[1].recv(PIECE)  # the answer that the client does not get
        self._pairs.remove(pair)
        _cut(pair[0])
        pair[1].close()

    def _join(self, client: socket.socket) -> None:
        try:
            self._pairs.append((client, socket.create_connection(self.server, 5)))
        except OSError:
            _cut(client)

    def _cut_all(self) -> None:
        for client, server in self._pairs:
            _cut(client)
            server.close()
        for client in self._held:
            _cut(client)
        self._pairs, self._held = [], []


def _cut(end: socket.socket) -> None:
    """Close with a reset instead of a goodbye."""
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()

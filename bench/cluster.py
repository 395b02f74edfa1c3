"""The PostgreSQL server of a run: the one given, or one of our own in a folder, on a fixed port."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

import psycopg

PORT = 5577
# A server that holds the tables in memory and compiles nothing: what a small installation is told to set.
SETTINGS = f"-p {PORT} -c shared_buffers=512MB -c max_wal_size=4GB -c fsync=off -c jit=off -c listen_addresses=127.0.0.1"


def find_server_process(server: str) -> int:
    """Return the process id of the server, which must run on this machine: its CPU time is read from /proc."""
    with psycopg.connect(f"{server}/postgres") as connection:
        backend = connection.execute("SELECT pg_backend_pid()").fetchone()[0]  # which lives as long as the connection
        parent = int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])
    if "postgres" not in Path(f"/proc/{parent}/comm").read_text():
        raise SystemExit("The PostgreSQL server must run on this machine: the bench reads its CPU time from /proc.")
    return parent


def find_program(name: str) -> str:
    """Return a program of PostgreSQL's, newest version first."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    found = shutil.which(name) or next(map(str, versions), None)
    if found is None:
        raise SystemExit(f"{name} is not there: install PostgreSQL's server or give --server.")
    return found


class Cluster:
    """A server for the time of a run; `keep` leaves its folder, and so its databases, for the next run."""

    def __init__(self, server: str | None, *, keep: bool) -> None:
        self.server, self.keep = server, keep
        self.folder = Path(tempfile.gettempdir()) / "countersign-bench-postgresql"

    def _run(self, *command: str) -> None:
        # PostgreSQL refuses to run as root.
        prefix = ["runuser", "-u", "nobody", "--"] if os.geteuid() == 0 else []
        subprocess.run([*prefix, *command], check=True, stdout=subprocess.DEVNULL, cwd="/")

    def __enter__(self) -> str:
        if self.server is not None:
            return self.server.rstrip("/")
        data = self.folder / "data"
        if not data.exists():
            self.folder.mkdir(mode=0o700, exist_ok=True)
            if os.geteuid() == 0:
                shutil.chown(self.folder, "nobody")
            self._run(find_program("initdb"), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-D", str(data))
        options = f"{SETTINGS} -k {self.folder}"
        self._run(find_program("pg_ctl"), "-D", str(data), "-l", str(self.folder / "log"), "-o", options, "-w", "start")
        return f"postgresql://postgres@127.0.0.1:{PORT}"

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.server is not None:
            return
        self._run(find_program("pg_ctl"), "-D", str(self.folder / "data"), "-m", "fast", "stop")
        if not self.keep:
            shutil.rmtree(self.folder)

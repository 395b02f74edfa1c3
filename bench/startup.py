"""Seconds from the command to the first answer, of a migrated database with the demo company: ours and stock, in turn.

`python bench/startup.py` (needs bench/requirements.txt). Target: ours in 3 s at most (median).
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from face import ROOT, find_port, start_ours, start_stock

TURNS, TARGET = 5, 3.0


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    """Ask until the address answers. Raises RuntimeError when the server ends or takes a minute."""
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.01)
    raise RuntimeError(f"{address} does not answer")


def measure(command: list[str], folder: Path, address: str, environment: dict[str, str]) -> float:
    """Start a server, wait for its first answer, stop it; returns the seconds until that answer."""
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, *command], cwd=folder, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(address, process)
        return time.monotonic() - begun
    finally:
        process.terminate()
        process.wait(20)


def main() -> int:
    """Fill both databases, then start each server in turn; say whether the target is met."""
    found: dict[str, list[float]] = {"ours": [], "stock": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for start in (start_ours, start_stock):
            process, _address = start(folder)
            process.terminate()
            process.wait(20)
        for _turn in range(TURNS):
            port = find_port()
            ours = {"DATA_DIR": str(folder / "ours"), "PORT": str(port), "DATABASE_URL": "", "PUBLIC_URL": ""}
            found["ours"].append(measure(["run.py", "--demo"], ROOT, f"http://127.0.0.1:{port}/health", ours))
            port = find_port()
            stock = {"DATABASE_URL": f"sqlite:///{folder / 'stock.sqlite3'}"}
            command = ["-m", "waitress", f"--listen=127.0.0.1:{port}", "stock:app"]
            found["stock"].append(measure(command, ROOT / "bench", f"http://127.0.0.1:{port}/login/", stock))
    print("| | median s | slowest s |\n|---|---|---|")
    for who, seconds in found.items():
        print(f"| {who} | {statistics.median(seconds):.2f} | {max(seconds):.2f} |")
    is_met = statistics.median(found["ours"]) <= TARGET
    print(f"\nStart-up of a migrated database in {TARGET:.0f} s at most: {'met' if is_met else 'NOT met'}")
    return 0 if is_met else 1


if __name__ == "__main__":
    raise SystemExit(main())

"""The three applications and how each is asked for the same work."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from company import PASSWORD
from measure import Client

ROOT = Path(__file__).resolve().parents[1]
SELLER = "sales7"
# Parts of names: two words (one in 3,700), one word (one in 60), a Chinese brand (one in 1,200), a number within a name.
PARTS = ("arbour can", "lantern", "恒达科", " 4711")
PAGE, DEEPEST = 25, 1_000


@dataclass
class Desk:
    """One application under test."""

    name: str
    module: str
    database: str
    folder: Path
    login: str
    admin_list: str
    own_list: str
    search: str
    page: str
    last: str
    contracts: str
    contract_form: str
    lookup: str
    customer_form: str
    first_page: int = 1
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def start(self, port: int, data_dir: Path) -> None:
        """Serve with gunicorn, two workers of four threads each, and wait until it answers."""
        self.port = port
        environment = os.environ | {
            "DATABASE_URL": self.database, "SECRET_KEY": secrets.token_hex(16), "DATA_DIR": str(data_dir), "PYTHONDONTWRITEBYTECODE": "1",
            "MALLOC_ARENA_MAX": "2",  # as docs/OPERATIONS.md says; for all three
        }  # fmt: skip
        server = ["-w", "2", "--threads", "4", "-b", f"127.0.0.1:{port}", "--log-level", "error", "--keep-alive", "30"]
        command = [sys.executable, "-m", "gunicorn", self.module, *server]
        self.process = subprocess.Popen(command, cwd=self.folder, env=environment)
        for _ in range(300):
            try:
                Client(port).send("GET", self.login or "/")
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"{self.name} does not answer")

    def stop(self) -> None:
        """Stop the server."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)

    def sign_in(self, username: str, user_id: int) -> Client:
        """Return a signed-in browser."""
        client = Client(self.port)
        if not self.login:
            client.cookies["who"] = str(user_id)
            return client
        return client.sign_in(self.login, username, PASSWORD)

    def make_save(self, client: Client, count: int) -> Callable[[], int]:
        """Return what creates a customer; its forms are fetched now, so that the saving alone is counted."""
        forms = iter([client.read_form(self.customer_form) for _ in range(count)])

        def save() -> int:
            form = next(forms)
            form["name"] = f"Bench {secrets.token_hex(4)}"
            if self.name == "stock":
                form["number"] = secrets.token_hex(8)
            status, body, headers = client.send("POST", self.customer_form, form)
            if status != 302 or headers["Location"] == self.customer_form:
                raise RuntimeError(f"{self.name}: creating a customer answered {status}: {body[-3000:]!r}")
            return len(body)

        return save


def make_desks(server: str, size: int) -> dict[str, Desk]:
    """Return the applications on their databases of this size."""
    pages = -(-size // PAGE)
    deep = min(DEEPEST, pages)
    ours = Desk(
        "ours", "run:app", f"{server}/ours_{size}", ROOT, "/login/", "/customers/", "/customers/", "/customers/?q={q}",
        f"/customers/?page={deep}", "/customers/?last=1", "/contracts/", "/contracts/add", "/lookup/signed-customers?q={q}",
        "/customers/add",
    )  # fmt: skip
    floor = Desk(
        "floor", "floor:app", f"{server}/ours_{size}", ROOT / "bench", "", "/customers/", "/customers/?mine=1", "/customers/?q={q}",
        f"/customers/?page={deep}", "/customers/?last=1", "/contracts/", "/contracts/add", "/lookup/signed-customers?q={q}",
        "/customers/add",
    )  # fmt: skip
    stock = Desk(
        "stock", "stock:app", f"{server}/stock_{size}", ROOT / "bench", "/login/", "/customermodelview/list/", "/mycustomermodelview/list/",
        "/customermodelview/list/?_flt_2_name={q}", f"/customermodelview/list/?page_CustomerModelView={deep - 1}",
        f"/customermodelview/list/?page_CustomerModelView={pages - 1}", "/contractmodelview/list/", "/contractmodelview/add",
        "/api/v1/customer/?q=(columns:!(id,name,number),filters:!((col:name,opr:ct,value:'{q}')),page_size:20)", "/customermodelview/add",
    )  # fmt: skip
    return {desk.name: desk for desk in (ours, floor, stock)}

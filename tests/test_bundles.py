"""The style sheets and scripts that browsers get are what the sources in app/face make, and nothing of either lies about unused."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
FACE, SERVED, CI = ROOT / "app" / "face", ROOT / "app" / "static" / "ui", ROOT / ".ci"
MANIFEST: dict[str, Any] = json.loads((FACE / "bundles.json").read_text(encoding="utf-8"))
BUNDLES: dict[str, Any] = MANIFEST["bundles"]
AGAIN = "make the bundles again: npm ci in .ci/, then node .ci/bundle.mjs"
# What lies beside the bundles and is made otherwise.
DRAWN = {"favicon.svg", "icons.svg"}


def hash_file(path: str) -> str:
    """Return the SHA-256 of a file's text, its lines ended as in the repository."""
    return hashlib.sha256((ROOT / path).read_text(encoding="utf-8").encode()).hexdigest()


def find_changed(hashes: dict[str, str]) -> list[str]:
    """Return the files that are not what they were when the bundles were made."""
    return [path for path, stored in hashes.items() if not (ROOT / path).is_file() or hash_file(path) != stored]


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_is_made_of_the_sources_as_they_are(name: str) -> None:
    assert len(BUNDLES[name]["sources"]) >= 1
    assert find_changed(BUNDLES[name]["sources"]) == [], AGAIN


def test_the_bundles_are_as_the_script_wrote_them() -> None:
    assert find_changed({name: bundle["hash"] for name, bundle in BUNDLES.items()}) == [], f"written by hand? {AGAIN}"
    assert find_changed({".ci/bundle.mjs": MANIFEST["script"]}) == [], AGAIN
    package, lock = (json.loads((CI / name).read_text(encoding="utf-8")) for name in ("package.json", "package-lock.json"))
    assert MANIFEST["esbuild"] == package["devDependencies"]["esbuild"] == lock["packages"]["node_modules/esbuild"]["version"], AGAIN


def test_a_change_would_be_noticed() -> None:
    (path, stored), *_others = BUNDLES["app/static/ui/app.css"]["sources"].items()
    assert find_changed({path: stored}) == []
    assert find_changed({path: stored[::-1], "app/face/css/gone.css": stored}) == [path, "app/face/css/gone.css"]


def test_no_source_is_left_out_and_nothing_else_is_served() -> None:
    sources = {path.relative_to(ROOT).as_posix() for kind in ("css", "js") for path in (FACE / kind).rglob("*") if path.is_file()}
    assert sources == {path for bundle in BUNDLES.values() for path in bundle["sources"]}
    assert {path.relative_to(ROOT).as_posix() for path in SERVED.iterdir() if path.name not in DRAWN} == set(BUNDLES)


def test_the_node_packages_are_pinned_and_name_no_registry() -> None:
    package, lock = (json.loads((CI / name).read_text(encoding="utf-8")) for name in ("package.json", "package-lock.json"))
    wanted = package["devDependencies"]
    assert set(wanted) == {"@biomejs/biome", "esbuild"}
    assert {name: lock["packages"][f"node_modules/{name}"]["version"] for name in wanted} == wanted
    others = {name: entry for name, entry in lock["packages"].items() if name}
    assert [name for name, entry in others.items() if "resolved" in entry or not entry["integrity"].startswith("sha512-")] == []


@pytest.mark.skipif(
    not (os.environ.get("CI") or (shutil.which("node") and (CI / "node_modules" / "esbuild").exists())),
    reason="needs node, and npm ci in .ci/ once; .ci/run has both",
)
def test_bundling_again_changes_nothing() -> None:
    done = subprocess.run(["node", ".ci/bundle.mjs", "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

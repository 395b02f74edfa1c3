"""Refresh app/static/vendor and the icon sprite from npm, by pinned version.

    python .ci/vendor.py            write the files again
    python .ci/vendor.py --check    fail if a file here differs from the published one

Needs `npm` on the path; npm checks each tarball against the registry's integrity hash.
The files are kept byte for byte as published (only the icon sprite is put together here).
docs/THIRD_PARTY.md names every one of them: change both in the same commit.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "app" / "static"

# package, version, {path in the package: path below app/static}
PACKAGES: list[tuple[str, str, dict[str, str]]] = [
    (
        "bootstrap",
        "5.3.9",
        {
            "dist/css/bootstrap.min.css": "vendor/bootstrap/bootstrap.min.css",
            "dist/js/bootstrap.bundle.min.js": "vendor/bootstrap/bootstrap.bundle.min.js",
            "LICENSE": "vendor/bootstrap/LICENSE",
        },
    ),
    (
        "tom-select",
        "2.6.2",
        {
            "dist/css/tom-select.bootstrap5.min.css": "vendor/tom-select/tom-select.bootstrap5.min.css",
            "dist/js/tom-select.popular.min.js": "vendor/tom-select/tom-select.popular.min.js",
            "LICENSE": "vendor/tom-select/LICENSE",
        },
    ),
    (
        "swagger-ui-dist",
        "5.35.0",
        {
            "swagger-ui.css": "vendor/swagger-ui/swagger-ui.css",
            "swagger-ui-bundle.js": "vendor/swagger-ui/swagger-ui-bundle.js",
            "swagger-ui-bundle.js.LICENSE.txt": "vendor/swagger-ui/swagger-ui-bundle.js.LICENSE.txt",
            "LICENSE": "vendor/swagger-ui/LICENSE",
            "NOTICE": "vendor/swagger-ui/NOTICE",
        },
    ),
    ("@tabler/icons", "3.34.0", {"LICENSE": "vendor/tabler-icons/LICENSE"}),
]

SPRITE = "ui/icons.svg"
ICONS = [
    "adjustments",
    "alert-triangle",
    "archive",
    "arrow-back-up",
    "arrow-down",
    "arrow-left",
    "arrow-right",
    "arrow-up",
    "arrows-exchange",
    "bell",
    "briefcase",
    "building",
    "building-store",
    "calendar-event",
    "calendar-plus",
    "chart-bar",
    "check",
    "checklist",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "chevron-up",
    "chevrons-left",
    "chevrons-right",
    "circle-check",
    "clock",
    "code",
    "copy",
    "corner-down-left",
    "dots",
    "dots-vertical",
    "download",
    "edit",
    "eye",
    "file-import",
    "file-text",
    "filter",
    "git-merge",
    "grip-vertical",
    "history",
    "home",
    "inbox",
    "inbox-off",
    "info-circle",
    "key",
    "language",
    "layout-dashboard",
    "link",
    "list",
    "lock",
    "logout",
    "mail",
    "map-pin",
    "menu-2",
    "message",
    "moon",
    "paperclip",
    "pencil",
    "phone",
    "player-play",
    "plus",
    "point",
    "printer",
    "refresh",
    "report-analytics",
    "route",
    "search",
    "selector",
    "send",
    "settings",
    "share",
    "shield-lock",
    "sitemap",
    "star",
    "sun",
    "tag",
    "target",
    "ticket",
    "trash",
    "upload",
    "user",
    "user-plus",
    "users",
    "users-group",
    "walk",
    "world",
    "x",
]


def fetch_package(name: str, version: str, folder: Path) -> tarfile.TarFile:
    """Download one package with npm and open it."""
    done = subprocess.run(
        ["npm", "pack", f"{name}@{version}", "--silent", "--pack-destination", str(folder)],
        check=True,
        capture_output=True,
        text=True,
    )
    return tarfile.open(folder / done.stdout.strip().splitlines()[-1])


def read_member(archive: tarfile.TarFile, path: str) -> bytes:
    """Return one file of a package."""
    member = archive.extractfile(f"package/{path}")
    if member is None:
        raise FileNotFoundError(path)
    return member.read()


def build_sprite(archive: tarfile.TarFile) -> bytes:
    """Join the named outline icons to one sprite; colour and stroke come from `.icon` in app/face/css/base.css."""
    symbols = []
    for name in ICONS:
        svg = read_member(archive, f"icons/outline/{name}.svg").decode()
        shapes = re.findall(r"<(?:path|circle|rect|line|polyline)\b[^>]*/>", svg)
        # the first path of every icon is an empty frame
        body = "".join(re.sub(r"\s*/>", "/>", s) for s in shapes if 'stroke="none"' not in s)
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>')
    return ('<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n").encode()


def collect_files() -> dict[str, bytes]:
    """Return every vendored file as {path below app/static: content}."""
    files: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, version, wanted in PACKAGES:
            with fetch_package(name, version, Path(folder)) as archive:
                for source, target in wanted.items():
                    files[target] = read_member(archive, source)
                if name == "@tabler/icons":
                    files[SPRITE] = build_sprite(archive)
    return files


def main() -> int:
    """Write the files, or with --check compare them; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, fail on a difference")
    check = parser.parse_args().check
    stale = 0
    for target, content in sorted(collect_files().items()):
        path = STATIC / target
        if path.exists() and path.read_bytes() == content:
            continue
        stale += 1
        print(("differs: " if check else "written: ") + target)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())

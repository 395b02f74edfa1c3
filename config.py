"""Settings. The only reader of the environment: everything else asks `app.config`."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
# Keys that stand in FAB's documentation, examples and skeletons: whoever knows one forges sessions.
KNOWN_SECRET_KEYS = frozenset({"", "thisismyscretkey", "\2\1thisismyscretkey\1\2\\e\\y\\y\\h", "secret", "dev", "changeme", "SECRET_KEY"})
MIN_SECRET_LENGTH = 16


class SettingsError(Exception):
    """Raise when a setting cannot be used; the text is shown to whoever starts the app."""


def find_database_url(environ: Mapping[str, str], data_dir: Path, *, demo: bool) -> str:
    """Return the SQLAlchemy address of the database: DATABASE_URL, else an SQLite file in the data folder."""
    url = environ.get("DATABASE_URL", "").strip()
    if not url:
        return f"sqlite:///{data_dir / ('demo.sqlite3' if demo else 'countersign.sqlite3')}"
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def find_key(environ: Mapping[str, str], name: str, path: Path) -> str:
    """Return the key that the environment names, or the one kept in the data folder, made there once (mode 0600).

    Raises SettingsError for a key that is published or too short.
    """
    key = environ.get(name)
    if key is None:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text(encoding="ascii").strip()
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            key = secrets.token_urlsafe(48)
            file.write(key)
        return key
    if key in KNOWN_SECRET_KEYS or len(key) < MIN_SECRET_LENGTH:
        raise SettingsError(f"{name} is published or shorter than 16 characters. Leave it unset and one is made, or choose another.")
    return key


def read_number(environ: Mapping[str, str], name: str, default: int, most: int) -> int:
    """Return a setting that is a whole number from 1 to `most`. Raises SettingsError."""
    text = environ.get(name, "").strip() or str(default)
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= most):
        raise SettingsError(f"{name} has to be a whole number from 1 to {most}.")
    return int(text)


def make_settings(environ: Mapping[str, str] | None = None, *, demo: bool = False) -> dict[str, Any]:
    """Return the Flask configuration that the environment asks for.

    Raises SettingsError when a value cannot be used.
    """
    environ = os.environ if environ is None else environ
    data_dir = Path(environ.get("DATA_DIR") or ROOT / "data").resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    public_url = environ.get("PUBLIC_URL", "").rstrip("/")
    demo = demo or environ.get("COUNTERSIGN_DEMO") == "1"
    session_days = read_number(environ, "SESSION_DAYS", 7, 365)
    return {
        "APP_NAME": "Countersign",
        "DEMO": demo,
        "FACE_PAGE": demo,  # /_face shows every component; nothing for people who work
        "COMMANDS": environ.get("FLASK_RUN_FROM_CLI") == "true",
        "DEMO_ACCOUNTS": DEMO_ACCOUNTS,
        "DATA_DIR": str(data_dir),
        "HOST": environ.get("HOST", "127.0.0.1"),
        "PORT": int(environ.get("PORT", "8080")),
        "PUBLIC_URL": public_url,
        "PUBLISH_BY_TWO": environ.get("PUBLISH_BY_TWO", "").lower() in ("1", "yes", "true"),
        "TIMEZONE": environ.get("TIMEZONE", "Asia/Shanghai"),
        "ADMIN_PASSWORD": environ.get("ADMIN_PASSWORD", ""),
        "SECRET_KEY": find_key(environ, "SECRET_KEY", data_dir / "secret_key"),
        "HISTORY_KEY": find_key(environ, "HISTORY_KEY", data_dir / "history_key"),
        "HISTORY_ANCHOR": str(data_dir / ("demo_history_anchor.json" if demo else "history_anchor.json")),
        "SQLALCHEMY_DATABASE_URI": find_database_url(environ, data_dir, demo=demo),
        "SIGN_INS_PER_ADDRESS": read_number(environ, "SIGN_INS_PER_ADDRESS", 100, 1_000_000),
        "MAX_CONTENT_LENGTH": 12 * 1024 * 1024,  # core/base/bounds.py sets less for each route
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
        **COOKIES,
        "SESSION_DAYS": session_days,
        "JWT_REFRESH_TOKEN_EXPIRES": timedelta(days=session_days),
        "SESSION_COOKIE_SECURE": public_url.startswith("https://"),
        "TRUSTED_HOSTS": None,
        **FAB,
    }


COOKIES: dict[str, Any] = {
    "SESSION_COOKIE_NAME": "countersign",
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
    "WTF_CSRF_TIME_LIMIT": None,  # the token ends with the session; a form left open over lunch must still save
    "JWT_ACCESS_TOKEN_EXPIRES": timedelta(minutes=30),
    "JWT_DECODE_LEEWAY": 60,  # seconds by which another host's clock may differ
    "JWT_ERROR_MESSAGE_KEY": "message",
}

FAB: dict[str, Any] = {
    "FAB_CREATE_DB": False,  # Alembic owns the tables
    "FAB_UPDATE_PERMS": False,  # `crm init` writes permissions once; workers must not race
    "FAB_ADD_SECURITY_API": False,
    "FAB_API_SWAGGER_UI": True,
    "FAB_API_SWAGGER_TEMPLATE": "ui/swagger.html",
    "FAB_API_SHOW_STACKTRACE": False,
    "FAB_API_MAX_PAGE_SIZE": 100,
    "FAB_ADD_SECURITY_PERMISSION_VIEW": False,
    "FAB_ADD_SECURITY_VIEW_MENU_VIEW": False,
    "FAB_ADD_SECURITY_PERMISSION_VIEWS_VIEW": False,
    "FAB_PASSWORD_HASH_METHOD": "scrypt:131072:8:1",  # OWASP ASVS 5.0, 11.4.2
    "AUTH_USERNAME_CI": True,
    "LANGUAGES": {"zh": {"flag": "cn", "name": "中文"}, "en": {"flag": "gb", "name": "English"}},
    "BABEL_DEFAULT_LOCALE": "zh",
}

# Shown on the sign-in page of a demo, and nowhere else.
DEMO_ACCOUNTS: list[tuple[str, str]] = [
    ("sales1", "Salesperson"), ("manager1", "Regional manager"), ("service1", "Maintenance"),
    ("servicehead", "Head of maintenance"), ("director", "Management"), ("it", "IT"), ("admin", "Admin"),
]  # fmt: skip

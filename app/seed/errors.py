"""Why a seed refuses to write: the database is not in the state it is for."""

from __future__ import annotations

from ..core.base.errors import SetupRefused


class SeedRefused(SetupRefused):
    """Raise when data may not be written here; the text is shown to whoever started the command."""

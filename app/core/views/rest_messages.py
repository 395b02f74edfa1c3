"""What is wrong with the values of a REST request, in the reader's language: a body's reader carries our sentences."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

NOT_FITTING = _l("This value does not fit.")
UNKNOWN_FIELD = _l("There is no such field.")
BODY_SENTENCES: dict[str, Any] = {"unknown": UNKNOWN_FIELD, "type": NOT_FITTING}
# marshmallow's names of what is wrong with a field; the definitions say all of it before marshmallow would.
FIELD_SENTENCES: dict[str, Any] = dict.fromkeys(("required", "null", "validator_failed"), NOT_FITTING)


def say_misfits(found: Any) -> Any:
    """Return marshmallow's messages by field, each field's as a list, in the reader's language."""
    if isinstance(found, dict):
        return {str(name): say_misfits(part) for name, part in found.items()}
    return [str(one) for one in (found if isinstance(found, list) else [found])]

"""`flask crm translations`: the words of the code taken into the catalogues below app/translations, for whoever changes the code.

English is in the code; a catalogue holds what each sentence is in another language. Its text is never written anew: entries
of new sentences are appended, those of vanished ones taken out, all else stays as it stands, to the byte.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import escape, read_po

from .clibase import DeskGroup

APP = Path(__file__).resolve().parent
FOLDER = APP / "translations"
METHODS = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
KEYWORDS: dict[str, Any] = {
    "_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2), "lazy_ngettext": (1, 2),
    "_p": ((1, "c"), 2), "pgettext": ((1, "c"), 2), "lazy_pgettext": ((1, "c"), 2),
}  # fmt: skip
Key = tuple[str | None, Any]  # context, and the sentence (its singular and plural)


def extract_messages(folder: Path = APP) -> Catalog:
    """Return every sentence that stands in the code and the templates."""
    found = Catalog()
    for _file, _line, message, _comments, context in extract_from_dir(folder, METHODS, keywords=KEYWORDS):
        found.add(message, context=context)
    return found


def key_of(message: Message) -> Key:
    """Return by what a sentence is told from others."""
    return message.context, message.id


def list_strings(message: Message) -> list[str]:
    """Return what a sentence is in the other language: one text, or one for each of its numbers."""
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def is_translated(message: Message) -> bool:
    """Tell whether a person wrote all of it."""
    return not message.fuzzy and "" not in (list_strings(message) or [""])


def read_catalogue(text: str) -> Catalog:
    """Return a catalogue's entries."""
    return read_po(io.StringIO(text), abort_invalid=True)


def split_entries(text: str) -> Iterator[str]:
    """Yield a catalogue's entries, each with its comments above and the empty lines below; joined they are the text."""
    entry, is_said = "", False
    for line in text.splitlines(keepends=True):
        begins = line.startswith(("#", "msgctxt", "msgid "))
        if begins and is_said:
            yield entry
            entry, is_said = "", False
        entry += line
        is_said = is_said or line.startswith("msgstr")
    yield entry


def write_entry(message: Message, numbers: int) -> str:
    """Return the entry of a sentence that is to be translated; `numbers`: how many plural forms the language has."""
    lines = [f"#, {', '.join(sorted(message.flags))}"] if message.flags else []
    if message.context is not None:
        lines.append(f'msgctxt "{escape_text(message.context)}"')
    if isinstance(message.id, str):
        lines += [f'msgid "{escape_text(message.id)}"', 'msgstr ""']
    else:
        singular, plural = message.id
        lines += [f'msgid "{escape_text(singular)}"', f'msgid_plural "{escape_text(plural)}"']
        lines += [f'msgstr[{number}] ""' for number in range(numbers)]
    return "\n".join(lines) + "\n"


def escape_text(text: str) -> str:
    """Return a text as it stands between the quotes of a catalogue."""
    return escape(text)[1:-1]


def update_text(text: str, wanted: Catalog) -> str:
    """Return a catalogue's text with the sentences that are wanted: new ones at its end, vanished ones gone."""
    kept, wanted_keys = "", {key_of(message) for message in wanted if message.id}
    known: set[Key] = set()
    for entry in split_entries(text):
        keys = {key_of(message) for message in read_catalogue(entry) if message.id}
        if keys <= wanted_keys and not keys & known:
            kept += entry
            known |= keys
    missing = [message for message in wanted if message.id and key_of(message) not in known]
    if kept == text and not missing:
        return text
    numbers = read_catalogue(text).num_plurals
    return "\n".join([kept.rstrip("\n") + "\n", *(write_entry(message, numbers) for message in missing)])


@dataclass(frozen=True)
class Outcome:
    """What became of one catalogue: the sentences added, those taken out, and those that nobody has translated."""

    language: str
    added: list[str]
    removed: list[str]
    untranslated: list[str]
    is_changed: bool


def name_of(message: Message) -> str:
    """Return a sentence as a list of them names it."""
    return str(message.id if isinstance(message.id, str) else message.id[0])


def update_files(folder: Path, source: Path, *, is_check: bool = False) -> list[Outcome]:
    """Bring every catalogue and its compiled form up to the code, writing only what differs; nothing for a check."""
    wanted, found = extract_messages(source), []
    for path in sorted(folder.glob("*/LC_MESSAGES/messages.po")):
        before = path.read_text(encoding="utf-8")
        after = update_text(before, wanted)
        old, new = read_catalogue(before), read_catalogue(after)
        is_changed = after != before or not is_compiled(path.with_suffix(".mo"), new)
        if is_changed and not is_check:
            if after != before:
                path.write_text(after, encoding="utf-8")
            compile_catalogue(path.with_suffix(".mo"), new)
        keys = [{key_of(message): name_of(message) for message in part if message.id} for part in (old, new)]
        found.append(
            Outcome(
                path.parent.parent.name,
                [name for key, name in keys[1].items() if key not in keys[0]],
                [name for key, name in keys[0].items() if key not in keys[1]],
                [name_of(message) for message in new if message.id and not is_translated(message)],
                is_changed,
            )
        )
    return found


def compile_catalogue(path: Path, catalogue: Catalog) -> None:
    """Write the form of a catalogue that the app reads."""
    with path.open("wb") as file:
        write_mo(file, catalogue)


def is_compiled(path: Path, catalogue: Catalog) -> bool:
    """Tell whether the compiled form says the same as the catalogue (its bytes differ with Babel's version)."""
    if not path.exists():
        return False
    wanted = io.BytesIO()
    write_mo(wanted, catalogue)
    return read_compiled(path.read_bytes()) == read_compiled(wanted.getvalue())


def read_compiled(content: bytes) -> dict[Key, list[str]]:
    """Return what a compiled catalogue says of each sentence."""
    return {(message.context, str(message.id)): list_strings(message) for message in read_mo(io.BytesIO(content)) if message.id}


def add_translation_commands(group: DeskGroup) -> None:
    """Add the command that takes the code's words into the catalogues."""

    @group.command("translations")
    @click.option("--check", "is_check", is_flag=True, help="Write nothing.")
    def translations_command(is_check: bool) -> None:
        """Take new sentences of the code into the catalogues and compile them; exit status 1 if one is not translated."""
        outcomes = update_files(FOLDER, APP, is_check=is_check)
        for one in outcomes:
            click.echo(
                f"{one.language}: {len(one.added)} added, {len(one.removed)} removed, {len(one.untranslated)} without a translation."
            )
            for name in one.untranslated:
                click.echo(f"  {name}")
        if any(one.untranslated or (is_check and one.is_changed) for one in outcomes):
            raise click.exceptions.Exit(1)

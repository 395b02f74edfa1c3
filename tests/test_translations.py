"""`flask crm translations` writes into a catalogue what is new, takes out what is gone, and leaves all else to the byte."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from flask import Flask

from app import translationcli
from app.translationcli import Outcome, extract_messages, read_catalogue, split_entries, update_files, update_text

CODE = """
from flask_babel import gettext as _, lazy_gettext as _l, ngettext, lazy_pgettext as _p
KNOWN = _l("Known already")
WRAPPED = _l("A sentence that somebody broke into two lines")
HOLES = _("%(name)s saved", name="")
NEW = _l('He said "no"\\n\\tand left \\\\ twice')
FEW = ngettext("%(n)s day", "%(n)s days", 2, n=2)
STATE = _p("customer", "State")
"""
PAGE = '<p>{{ _("On a page") }}</p>'
OLD = """# Chinese words.
msgid ""
msgstr ""
"Language: zh\\n"
"POT-Creation-Date: 2026-01-01 00:00+0000\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"Content-Type: text/plain; charset=utf-8\\n"

msgid "Gone by now"
msgstr "没了"


# whoever wrote this liked it so
msgid ""
"A sentence that somebody "
"broke into two lines"
msgstr ""
"一句分成两行的话"
msgid "Known already"
msgstr "已知"

#, python-format
msgid "%(name)s saved"
msgstr "%(name)s 已保存"

msgid "Gone as well"
msgstr "也没了"
"""
NEW = """
msgid "He said \\"no\\"\\n\\tand left \\\\ twice"
msgstr ""

#, python-format
msgid "%(n)s day"
msgid_plural "%(n)s days"
msgstr[0] ""

msgctxt "customer"
msgid "State"
msgstr ""

msgid "On a page"
msgstr ""
"""
ADDED = ['He said "no"\n\tand left \\ twice', "%(n)s day", "State", "On a page"]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a folder of code, with the catalogue of an earlier day."""
    folder = tmp_path / "app"
    (folder / "offers" / "templates").mkdir(parents=True)
    (folder / "offers" / "views.py").write_text(CODE, encoding="utf-8")
    (folder / "offers" / "templates" / "page.html").write_text(PAGE, encoding="utf-8")
    (folder / "translations" / "zh" / "LC_MESSAGES").mkdir(parents=True)
    (folder / "translations" / "zh" / "LC_MESSAGES" / "messages.po").write_text(OLD, encoding="utf-8")
    return folder


def run(folder: Path, *, is_check: bool = False) -> Outcome:
    """Run what the command runs on the folder."""
    (outcome,) = update_files(folder / "translations", folder, is_check=is_check)
    return outcome


def read_files(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return content and time of every file of the catalogues."""
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in sorted(folder.glob("translations/*/*/*"))}


def test_the_shipped_catalogue_survives_to_the_byte_and_is_not_written(tmp_path: Path) -> None:
    shutil.copytree(translationcli.FOLDER, tmp_path / "translations")
    before = read_files(tmp_path)
    assert set(before) == {"messages.po", "messages.mo"}
    (outcome,) = update_files(tmp_path / "translations", translationcli.APP)
    assert outcome == Outcome("zh", [], [], [], False)
    assert read_files(tmp_path) == before
    assert all(path.read_bytes() == before[path.name][0] for path in (translationcli.FOLDER / "zh" / "LC_MESSAGES").iterdir())


def test_entries_joined_are_the_text() -> None:
    for text in (OLD, (translationcli.FOLDER / "zh" / "LC_MESSAGES" / "messages.po").read_text(encoding="utf-8")):
        entries = list(split_entries(text))
        assert "".join(entries) == text
        assert len(entries) == len(list(read_catalogue(text)))  # the header counts on both sides


def test_new_sentences_stand_at_the_end_and_vanished_ones_are_gone(source: Path) -> None:
    outcome = run(source)
    assert outcome == Outcome("zh", ADDED, ["Gone by now", "Gone as well"], ADDED, True)
    kept = OLD.replace('msgid "Gone by now"\nmsgstr "没了"\n\n\n', "").replace('\nmsgid "Gone as well"\nmsgstr "也没了"\n', "")
    written = (source / "translations" / "zh" / "LC_MESSAGES" / "messages.po").read_text(encoding="utf-8")
    assert written == kept + NEW
    assert {message.id for message in read_catalogue(written) if message.id} == {m.id for m in extract_messages(source) if m.id}


def test_a_second_run_writes_nothing(source: Path) -> None:
    run(source)
    before = read_files(source)
    assert run(source) == Outcome("zh", [], [], ADDED, False)
    assert read_files(source) == before


def test_what_is_translated_is_compiled(source: Path) -> None:
    run(source)
    path = source / "translations" / "zh" / "LC_MESSAGES" / "messages.po"
    path.write_text(
        path.read_text(encoding="utf-8").replace('msgid "On a page"\nmsgstr ""', 'msgid "On a page"\nmsgstr "页上"'), encoding="utf-8"
    )
    assert run(source).untranslated == ADDED[:-1]
    said = translationcli.read_compiled(path.with_suffix(".mo").read_bytes())
    assert said[None, "On a page"] == ["页上"]
    assert said[None, "Known already"] == ["已知"]


def test_a_check_writes_nothing(source: Path) -> None:
    before = read_files(source)
    assert run(source, is_check=True).is_changed
    assert read_files(source) == before


def test_a_sentence_said_twice_is_kept_once(source: Path) -> None:
    text = update_text(OLD + '\nmsgid "Known already"\nmsgstr "又来"\n', extract_messages(source))
    assert text.count('msgid "Known already"') == 1 and "又来" not in text


def test_the_command_says_what_lacks_a_translation_and_ends_with_1(app: Flask, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translationcli, "APP", source)
    monkeypatch.setattr(translationcli, "FOLDER", source / "translations")
    done = app.test_cli_runner().invoke(args=["crm", "translations"])
    assert done.exit_code == 1
    assert "zh: 4 added, 2 removed, 4 without a translation." in done.output and "  On a page\n" in done.output
    path = source / "translations" / "zh" / "LC_MESSAGES" / "messages.po"
    lines = path.read_text(encoding="utf-8").replace('msgstr ""\n\n', 'msgstr "好"\n\n').replace('msgstr[0] ""', 'msgstr[0] "好"')
    path.write_text(lines.removesuffix('msgstr ""\n') + 'msgstr "好"\n', encoding="utf-8")
    assert app.test_cli_runner().invoke(args=["crm", "translations", "--check"]).exit_code == 1  # not compiled yet
    done = app.test_cli_runner().invoke(args=["crm", "translations"])
    assert done.exit_code == 0 and "zh: 0 added, 0 removed, 0 without a translation." in done.output

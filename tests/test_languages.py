"""Chinese and English: the catalogue is complete, the reader's language is found and kept, figures look alike."""

from __future__ import annotations

import io
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask
from flask_appbuilder.security.sqla.models import Role
from flask_babel import force_locale
from sqlalchemy import select

from app import translationcli
from app.core.access.viewer import as_system
from app.core.base.formatting import money, show
from app.extensions import db
from app.staff.models import Staff
from app.translationcli import extract_messages, key_of, list_strings, read_compiled

from .access_records import find_resource
from .access_table import find_access
from .conftest import Browser, RestClient
from .language_crawl import LANGUAGES, TAGS, Data, find_foreign, read_page, switch

CATALOGUE = translationcli.FOLDER / "zh" / "LC_MESSAGES" / "messages.po"
HOLES = re.compile(r"%\(\w+\)[sd]|\{[\w:]+\}")


# -- the catalogue ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chinese() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh")


@pytest.mark.whole_desk
def test_every_message_of_the_code_has_a_chinese_one(chinese: Catalog) -> None:
    wanted = {key_of(m) for m in extract_messages() if m.id}
    known = {key_of(m) for m in chinese if m.id and not m.fuzzy and all(list_strings(m))}
    assert len(wanted) > 300
    assert wanted - known == set()


@pytest.mark.whole_desk
def test_the_catalogue_holds_no_message_that_the_code_has_not(chinese: Catalog) -> None:
    wanted = {key_of(m) for m in extract_messages() if m.id}
    assert {key_of(m) for m in chinese if m.id} - wanted == set()
    assert not chinese.obsolete


@pytest.mark.whole_desk
def test_every_hole_of_a_message_is_in_its_translation(chinese: Catalog) -> None:
    for message in chinese:
        if message.id:
            source = message.id if isinstance(message.id, str) else message.id[-1]
            for text in list_strings(message):
                assert sorted(HOLES.findall(text)) == sorted(HOLES.findall(source)), source


@pytest.mark.whole_desk
def test_chinese_uses_its_own_punctuation(chinese: Catalog) -> None:
    for message in chinese:
        for text in list_strings(message) if message.id else []:
            bare = HOLES.sub("", text.replace("http://", "").replace("https://", ""))
            assert not re.search(r"[\u4e00-\u9fff][,;:?!()]|[,;:?!()][\u4e00-\u9fff]|!|！", bare), text
            assert not re.search(r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]", bare), text


@pytest.mark.whole_desk
def test_the_compiled_catalogue_is_that_of_the_written_one(chinese: Catalog) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, chinese)
    shipped = read_compiled(CATALOGUE.with_suffix(".mo").read_bytes())
    assert shipped == read_compiled(compiled.getvalue())
    assert len(shipped) > 300


# -- REST ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("resource", [base for base, one in find_access().items() if one.has_rest])
def test_the_api_names_its_columns_in_the_readers_language(app: Flask, rest: Any, resource: str, language: str) -> None:
    client: RestClient = rest("chief")
    client.headers["Accept-Language"] = language
    answer = client.send("GET", f"{resource}/?q=(keys:!(label_columns,list_title))").json
    info = client.send("GET", f"{resource}/_info?q=(keys:!(add_columns,edit_columns,add_title,edit_title))").json
    one = client.send("GET", f"{resource}/1?q=(keys:!(label_columns,show_title))").json
    labels = [*answer["label_columns"].values(), *one["label_columns"].values()]
    labels += [column["label"] for kind in ("add_columns", "edit_columns") for column in info[kind]]
    titles = [answer["list_title"], one["show_title"], info["add_title"], info["edit_title"]]
    known = find_resource(app, resource)
    wanted = [*known.list_columns, *known.show_columns, *known.add_columns, *known.edit_columns]
    assert len(labels) == len(wanted) > 10
    assert all(labels)
    assert find_foreign([*labels, *titles], language, Data()) == []
    if language == "en":  # not a prettified column name
        assert not [label for label in labels if label.endswith((" Id", " Name", " At", " On"))]


# -- which language --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "tag"),
    [
        ("zh-CN,zh;q=0.9", "zh-CN"), ("zh-TW", "zh-CN"), ("zh-HK,zh;q=0.9,en;q=0.1", "zh-CN"), ("en-GB,en;q=0.9", "en"),
        ("en-US", "en"), ("fr", "zh-CN"), ("fr,en;q=0.5", "en"), ("", "zh-CN"), ("*", "zh-CN"), ("x;;q=,", "zh-CN"),
    ],
)  # fmt: skip
def test_the_browser_chooses_the_language_of_a_stranger(stranger: Browser, accepted: str, tag: str) -> None:
    page = stranger.get("/login/", headers={"Accept-Language": accepted}).text
    assert f'<html lang="{tag}">' in page


def test_a_stranger_can_switch_against_the_browser(stranger: Browser) -> None:
    switch(stranger, "en")
    assert '<html lang="en">' in stranger.get("/login/", headers={"Accept-Language": "zh-CN"}).text


def test_the_language_is_remembered_with_the_person(app: Flask, sign_in: Any) -> None:
    first = sign_in("south1")
    switch(first, "zh")
    first.post("/logout/")
    other = Browser(app)
    switch(other, "en")
    other.sign_in("south1")
    assert '<html lang="zh-CN">' in other.get("/customers/", headers={"Accept-Language": "en"}).text
    assert '<html lang="en">' in sign_in("south2").get("/customers/", headers={"Accept-Language": "zh-CN"}).text


def test_a_person_who_never_chose_keeps_the_browsers_language(app: Flask, sign_in: Any) -> None:
    with app.app_context(), as_system("import"):
        db.session.scalars(select(Staff).where(Staff.username == "south1")).one().locale = None
        db.session.commit()
    browser = sign_in("south1")
    for accepted, tag in (("en-GB", "en"), ("zh-CN", "zh-CN")):
        assert f'<html lang="{tag}">' in browser.get("/", headers={"Accept-Language": accepted}).text


def test_an_unknown_language_is_refused(stranger: Browser) -> None:
    assert stranger.post("/language/fr").status_code == 404


# -- words and figures -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "yes"), [("zh", "是"), ("en", "Yes")])
def test_dates_and_figures_look_the_same_in_both_languages(app: Flask, language: str, yes: str) -> None:
    with app.test_request_context("/"), force_locale(language):
        assert show(date(2026, 11, 23)) == "2026-11-23"
        assert show(datetime(2026, 11, 23, 6, 5)) == "2026-11-23 14:05"  # Asia/Shanghai, 24 h
        assert show(Decimal("1292000")) == "1,292,000.00"
        assert money(Decimal("1292000.00"), "CNY") == "¥1,292,000"
        assert money(Decimal("0.50"), "EUR") == "€0.50"
        assert show(value=True) == yes


SCREENS = {"zh": ["客户", "客户活动", "合同", "服务工单", "编号台账", "工作台"], "en": ["Customers", "Activities", "Tickets", "Workbench"]}
RAW_NAMES = re.compile(r"can[_ ]|menu_access|OpenApi|SwaggerView|NumberSeries|\bLookups\b|see_own")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_role_editor_speaks_of_screens_and_not_of_permission_names(app: Flask, sign_in: Any, language: str) -> None:
    with app.app_context(), as_system("import"):
        role = db.session.scalars(select(Role.id).where(Role.name == "Salesperson")).one()
    browser = sign_in("it")
    switch(browser, language)
    _tag, words = read_page(browser.get(f"/roles/edit/{role}").text, TAGS[language])
    assert [word for word in SCREENS[language] if word not in words] == []
    assert [word for word in words if RAW_NAMES.search(word)] == []


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/customers/", {"客户", "客户状态", "业务员"}), ("/activities/", {"客户活动", "记录人"}), ("/contracts/", {"合同", "合同序号"}),
        ("/tickets/", {"服务工单", "处理人"}), ("/staff/", {"人员", "区域市场经理", "后端维护", "管理层"}),
    ],
)  # fmt: skip
def test_chinese_screens_use_the_companys_words(sign_in: Any, path: str, words: set[str]) -> None:
    browser = sign_in("chief")
    switch(browser, "zh")
    _tag, found = read_page(browser.get(path).text, "zh-CN")
    assert words - {part for word in found for part in re.split("、", word)} == set()

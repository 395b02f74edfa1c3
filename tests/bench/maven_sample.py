"""A small sales team in the shape of the Maven files, and what is to come of it."""

from __future__ import annotations

import csv
from pathlib import Path

TEAM = [
    ("Ann Able", "Max Boss", "Central"), ("Bob Baker", "Max Boss", "Central"), ("Mei-Mei Cole", "Nia Chief", "East"),
    ("Dan Dow", "Nia Chief", "East"), ("Director", "Nia Chief", "East"),
]  # fmt: skip
ACCOUNTS = [
    ("Acme", "technolgy", "1996", "1100.04", "2822", "United States", ""),
    ("Beta", "medical", "1999", "251.41", "495", "Philipines", "Acme"),
    ("Gamma", "retail", "2001", "1", "2", "China", ""),
    ("Delta", "finance", "2001", "1", "2", "Kenya", ""),
    ("Epsilon", "finance", "2001", "1", "2", "Kenya", ""),
    ("Zeta", "beekeeping", "2001", "1", "2", "Kenya", ""),
]
DEALS = [  # id, agent, product, account, stage, engaged, closed, value
    ("A1", "Ann Able", "GTXPro", "Acme", "Won", "2016-10-20", "2017-03-01", "1054"),
    ("A2", "Bob Baker", "MG Special", "Acme", "Won", "2016-10-25", "2017-04-01", "50.25"),
    ("A3", "Ann Able", "GTX Pro", "Acme", "Won", "2016-10-25", "2017-03-02", "10.10"),
    ("A4", "Ann Able", "GTX Basic", "Acme", "Lost", "2017-01-25", "2017-05-01", "0"),
    # Beta: three won on the last day; Cole won more of Beta's deals, though Able won more in all.
    ("B1", "Ann Able", "GTX Basic", "Beta", "Won", "2017-01-01", "2017-06-01", "100.10"),
    ("B2", "Mei-Mei Cole", "GTX Basic", "Beta", "Won", "2017-01-01", "2017-06-01", "200.20"),
    ("B3", "Mei-Mei Cole", "GTX Basic", "Beta", "Won", "2017-01-01", "2017-02-01", "0.05"),
    ("B4", "Mei-Mei Cole", "MG Special", "Beta", "Engaging", "2017-07-15", "", ""),
    # Gamma: same day, as many: the first by name.
    ("G1", "Mei-Mei Cole", "GTXPro", "Gamma", "Won", "2015-12-01", "2016-02-29", "10"),
    ("G2", "Dan Dow", "GTX Basic", "Gamma", "Won", "2015-12-01", "2016-02-29", "20"),
    ("D1", "Dan Dow", "GTX Basic", "Delta", "Lost", "2016-12-01", "2017-02-01", "0"),
    ("D2", "Ann Able", "GTX Basic", "Delta", "Engaging", "2017-03-05", "", ""),
    ("E1", "Bob Baker", "GTX Basic", "Epsilon", "Prospecting", "", "", ""),
    ("N1", "Ann Able", "GTXPro", "", "Engaging", "2017-01-05", "", ""),
    ("N2", "Ann Able", "GTX Basic", "", "Prospecting", "", "", ""),
    ("N3", "Ann Able", "GTX Basic", "", "Won", "2017-01-05", "2017-02-05", "7.50"),
    ("U1", "Ann Able", "GTX Basic", "Unheard Of", "Won", "2017-01-01", "2017-02-01", "999"),
    ("U2", "Some Stranger", "GTX Basic", "Acme", "Lost", "2017-01-01", "2017-12-01", "0"),
    ("V1", "Ann Able", "GTX Basic", "Acme", "Won", "2017-01-01", "soon", "5"),
    ("V2", "Ann Able", "GTX Basic", "Acme", "Won", "2017-01-01", "2017-12-01", "plenty"),
    ("S1", "Ann Able", "GTX Basic", "Acme", "Paused", "2017-01-01", "2017-12-01", "5"),
    ("A1", "Ann Able", "GTX Basic", "Acme", "Won", "2016-10-20", "2017-12-01", "3"),
]
OWNERS = {
    "Acme": "bob.baker", "Beta": "mei-mei.cole", "Gamma": "dan.dow", "Delta": "ann.able", "Epsilon": "bob.baker", "Zeta": "max.boss",
}  # fmt: skip
WON = {"A1": "1054", "A2": "50.25", "A3": "10.10", "B1": "100.10", "B2": "200.20", "B3": "0.05", "G1": "10", "G2": "20"}
LEFT_OUT = {
    "E1": "prospecting: no date yet", "N1": "no account", "N2": "prospecting: no date yet", "N3": "no account",
    "U1": "account not in accounts.csv", "U2": "agent not in sales_teams.csv", "V1": "date missing or unreadable",
    "V2": "value missing or unreadable", "S1": "unknown deal stage", "A1": "opportunity id repeated",
}  # fmt: skip


def write_file(folder: Path, name: str, rows: list[tuple[str, ...]]) -> None:
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(HEADS[name])
        writer.writerows(rows)


HEADS = {
    "accounts.csv": ("account", "sector", "year_established", "revenue", "employees", "office_location", "subsidiary_of"),
    "sales_teams.csv": ("sales_agent", "manager", "regional_office"),
    "sales_pipeline.csv": ("opportunity_id", "sales_agent", "product", "account", "deal_stage", "engage_date", "close_date", "close_value"),
}

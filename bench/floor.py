"""The floor: Flask, psycopg and one Jinja page over the product's own tables, with indexed SQL and nothing else.

No permissions, rules, history or forms: what remains is what any Python page of this kind must cost. The cookie `who`
holds a user id, believed. It writes to the product's database, so it is for the bench alone.
"""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime
from typing import Any

import psycopg
from flask import Flask, jsonify, redirect, request
from psycopg.rows import namedtuple_row
from werkzeug.wrappers import Response

app = Flask(__name__)
local = threading.local()
SIZE, CAP = 25, 10_001

PAGE = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{{ title }}</title><h1>{{ title }}</h1>
{% if rows is defined %}<p>{{ total }}</p><table><thead><tr>
<th>Name<th>Number<th>Status<th>Salesperson<th>Region<th>Next follow-up</thead><tbody>
{% for r in rows %}<tr><td><a href="/customers/show/{{ r.id }}">{{ r.name }}</a><td>{{ r.number }}<td>{{ r.status }}<td>{{ r.owner }}
<td>{{ r.region }}<td>{{ r.next_step_on or "" }}
{% endfor %}</tbody></table>{% if rows %}<a href="?after={{ rows[-1].id }}">Next</a>{% endif %}{% else %}
<form method="post">{% for name in fields %}
<label>{{ name }}<input name="{{ name }}"></label>{% endfor %}<button>Save</button></form>{% endif %}"""

TEMPLATE = app.jinja_env.from_string(PAGE)

LIST = """SELECT c.id, c.name, c.number, s.name_en AS status,
 u.first_name || ' ' || u.last_name AS owner, r.name_en AS region, c.next_step_on
FROM (SELECT * FROM customer WHERE deleted_at IS NULL AND {where} ORDER BY id {way} LIMIT %(size)s OFFSET %(offset)s) c
JOIN status s ON s.id = c.status_id LEFT JOIN ab_user u ON u.id = c.owner_id LEFT JOIN choice r ON r.id = c.region_id ORDER BY c.id DESC"""

CONTRACTS = """SELECT c.id, c.title AS name, c.number, c.status, u.first_name || ' ' || u.last_name AS owner, k.name AS region,
 c.end_on AS next_step_on
FROM (SELECT * FROM contract WHERE deleted_at IS NULL ORDER BY id DESC LIMIT %(size)s) c
JOIN customer k ON k.id = c.customer_id LEFT JOIN ab_user u ON u.id = c.owner_id ORDER BY c.id DESC"""


def connection() -> psycopg.Connection[Any]:
    """Return this thread's connection, outside any transaction."""
    if not hasattr(local, "connection"):
        local.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, row_factory=namedtuple_row)
    return local.connection


@app.get("/customers/")
def list_customers() -> str:
    """Show a page of customers: all, or one's own (`mine=1`), searched, by number or keyset."""
    where, values, way = ["true"], {"size": SIZE, "offset": 0, "who": int(request.cookies["who"])}, "DESC"
    if request.args.get("mine"):
        where.append("owner_id = %(who)s")
    if text := request.args.get("q"):
        where.append("search_text LIKE %(like)s")
        values["like"] = f"%{text.lower()}%"
    count = f"SELECT count(*) FROM (SELECT FROM customer WHERE deleted_at IS NULL AND {' AND '.join(where)} LIMIT {CAP}) c"
    total = connection().execute(count, values).fetchone()[0]
    if after := request.args.get("after"):
        where.append("id < %(after)s")
        values["after"] = int(after)
    values["offset"] = (int(request.args.get("page", "1")) - 1) * SIZE
    if request.args.get("last"):
        way = "ASC"
    rows = connection().execute(LIST.format(where=" AND ".join(where), way=way), values).fetchall()
    return TEMPLATE.render(title="Customers", rows=rows, total=total)


@app.get("/contracts/")
def list_contracts() -> str:
    """Show the newest contracts."""
    count = f"SELECT count(*) FROM (SELECT FROM contract WHERE deleted_at IS NULL LIMIT {CAP}) c"
    total = connection().execute(count).fetchone()[0]
    rows = connection().execute(CONTRACTS, {"size": SIZE}).fetchall()
    return TEMPLATE.render(title="Contracts", rows=rows, total=total)


@app.get("/contracts/add")
def show_contract_form() -> str:
    """Show the empty contract form."""
    return TEMPLATE.render(title="New contract", fields=["customer", "title", "amount", "signed_on", "start_on", "end_on", "remark"])


@app.get("/lookup/signed-customers")
def look_up() -> Response:
    """Answer a picker: signed customers whose search line holds the words."""
    found = connection().execute(
        "SELECT id, name, number FROM customer WHERE deleted_at IS NULL AND stage = 'signed' AND search_text LIKE %s"
            " ORDER BY sort_name, id LIMIT 21",
        [f"%{request.args.get('q', '').lower()}%"],
    ).fetchall()  # fmt: skip
    return jsonify(results=[{"id": row.id, "text": row.name, "number": row.number} for row in found[:20]], more=len(found) > 20)


@app.route("/customers/add", methods=["GET", "POST"])
def add_customer() -> str | Response:
    """Show the empty customer form, or create a customer with the next number, in one transaction."""
    if request.method == "GET":
        return TEMPLATE.render(title="New customer", fields=["name", "phone", "remark"])
    name, who, now = request.form["name"], int(request.cookies["who"]), datetime.now(UTC).replace(tzinfo=None)
    with connection().transaction():
        value, length = connection().execute(
            "UPDATE number_series SET last_value = last_value + 1 WHERE code = 'customer' AND year = 0 RETURNING last_value, length"
        ).fetchone()  # fmt: skip
        number = f"C{value:07}"
        connection().execute(
            "INSERT INTO issued_number (number, code, year, length, sequence, issued_at, issued_by_id, fate, reason)"
            " VALUES (%s, 'customer', 0, %s, %s, %s, %s, 'used', '')",
            [number, length, value, now, who],
        )
        key = (
            connection()
            .execute(
                "INSERT INTO customer (number, name, sort_name, status_id, stage, status_reason, address, website, remark, search_text,"
                " created_at, created_by_id, owner_id, department_id, row_version)"
                " SELECT %s, %s, %s, s.id, s.stage, '', '', '', '', %s, %s, u.id, u.id, u.department_id, 1"
                " FROM ab_user u, (SELECT id, stage FROM status WHERE stage = 'lead' ORDER BY position LIMIT 1) s"
                " WHERE u.id = %s RETURNING id",
                [number, name, name.lower(), f"{name} {number}".lower(), now, who],
            )
            .fetchone()[0]
        )
    return redirect(f"/customers/show/{key}")

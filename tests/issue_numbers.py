"""One process of the number test: writes contracts and rolls every tenth back. Arguments: settings as JSON, count."""

from __future__ import annotations

import json
import sys
from decimal import Decimal

from sqlalchemy import select

from app import create_app
from app.contracts.models import Contract
from app.core.access.viewer import as_system
from app.customers.models import Customer
from app.extensions import db


def write_contracts(settings: dict[str, object], customer_id: int, count: int) -> list[str]:
    """Write contracts, each in a transaction of its own; return the numbers of those committed."""
    app, kept = create_app(settings), []
    with app.app_context(), as_system("import"):
        for turn in range(1, count + 1):
            customer = db.session.scalars(select(Customer).where(Customer.id == customer_id)).one()
            contract = Contract(customer_id=customer.id, title=f"turn {turn}", amount=Decimal(1))
            db.session.add(contract)
            db.session.flush()
            if turn % 10 == 0:
                db.session.rollback()
                continue
            db.session.commit()
            kept.append(contract.number)
        db.session.remove()
        db.engine.dispose()
    return kept


if __name__ == "__main__":
    given = json.load(sys.stdin)
    print(json.dumps(write_contracts(given["settings"], given["customer"], given["count"])))

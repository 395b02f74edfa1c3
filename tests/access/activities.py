"""Who may do what with activities. Managers see them but do not write in them; they withdraw."""

from ..access_declaring import ALL, OWN, TREE, Access, Route, press
from ..people import OWNERS, PEOPLE
from .customers import CUSTOMERS


def compose(access: Access) -> str:
    """Who logs one on the page of a customer: who sees the customer, and adds activities."""

    def find(person: str, owner: str) -> str:
        if not CUSTOMERS.may(person, "see"):
            return "3"
        is_seen = CUSTOMERS.reaches(person, owner, "see")
        return "4" if not is_seen else "w" if access.may(person, "add") else "3"

    return " ".join(f"{person}:{''.join(find(person, owner) for owner in OWNERS)}" for person in PEOPLE)


FORM = {"kind": "{kind}", "happened_at": "2026-01-05T10:00", "text": "Written"}
ACTIVITIES = Access(
    "Activities",
    {
        "Salesperson": (OWN, "see add edit withdraw export"),
        "Regional manager": (TREE, "see withdraw export"),
        "Management": (ALL, "see export"),
    },
    under=CUSTOMERS,
    needs="see",  # of the customer, to add one
    goes_with=True,
    facet="author",
    kind="activity",
    form={**FORM, "customer": "{customer}"},
    save={**FORM, "happened_at": "{happened_at}"},
    rest={"customer_id": "{customer}", "kind_id": "{kind}", "happened_at": "2026-01-05T10:00:00", "text": "Written"},
    put={"text": "Written"},
    routes={
        "POST /activities/withdraw/<pk>": Route(press("withdraw"), "activity", {"withdrawn_reason": "wrong"}),
        "POST /customers/compose/<pk>": Route(compose, "lead", {"kind": "activity:{kind}", "text": "Written"}),
    },
)
ACCESS = (ACTIVITIES,)

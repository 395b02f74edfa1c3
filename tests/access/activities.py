"""Who may do what with activities. Managers see them but do not write in them; they withdraw."""

from ..access_declaring import ALL, OWN, TREE, Access, Route, press
from .customers import CUSTOMERS

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
    kind="activity",
    form={**FORM, "customer": "{customer}"},
    save={**FORM, "happened_at": "{happened_at}"},
    rest={"customer_id": "{customer}", "kind_id": "{kind}", "happened_at": "2026-01-05T10:00:00", "text": "Written"},
    put={"text": "Written"},
    routes={
        "POST /activities/withdraw/<pk>": Route(press("withdraw"), "activity", {"withdrawn_reason": "wrong"}),
    },
)
ACCESS = (ACTIVITIES,)

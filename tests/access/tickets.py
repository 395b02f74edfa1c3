"""Who may do what with tickets and their priorities. Tickets are maintenance's; sales and managers see those of their customers."""

from ..access_declaring import ALL, OWN, TREE, Access, Route, change, show
from ..people import OWNERS, PEOPLE
from .customers import CUSTOMERS


def compose(access: Access) -> str:
    """Who comments on the ticket's page: who edits it; who only sees it is denied."""

    def find(person: str, owner: str) -> str:
        if not access.may(person, "see"):
            return "3"
        is_seen = access.reaches(person, owner, "see")
        return "4" if not is_seen else "w" if access.reaches(person, owner, "edit", writes=True) else "3"

    return " ".join(f"{person}:{''.join(find(person, owner) for owner in OWNERS)}" for person in PEOPLE)


TICKETS = Access(
    "Tickets",
    {
        "Salesperson": (OWN, "see export"),
        "Regional manager": (TREE, "see export"),
        "Maintenance": (ALL, "see add edit export"),
        "Management": (ALL, "see export"),
    },
    under=CUSTOMERS,
    needs="pick",
    signed_only=True,
    facet="assigned",
    kind="ticket",
    form={"subject": "Written", "priority": "{priority}", "customer": "{customer}"},
    rest={"subject": "Written", "priority_id": "{priority}", "customer_id": "{customer}"},
    put={"subject": "Written"},
    move={"move": "start"},
    action="take",
    lookups={"maintenance-staff": "add edit"},
    routes={
        "POST /tickets/compose/<pk>": Route(compose, "ticket", {"kind": "comment:text", "text": "Written"}),
        "POST /tickets/comment/<pk>": Route(change("edit"), "ticket", {"text": "Written"}),
        "GET /api/v1/tickets/<pk>/comments": Route(show(), "ticket"),
        "POST /api/v1/tickets/<pk>/comments": Route(change("edit"), "ticket", {"text": "Written"}),
    },
)
PRIORITIES = Access(
    "Lists",
    {"IT": (ALL, "see add edit")},
    address="priorities",
    is_owned=False,
    has_rest=False,
    kind="priority",
    form={"name_zh": "写", "name_en": "Written", "position": "5", "hours": "9", "tone": "grey", "is_active": "y"},
)
ACCESS = (TICKETS, PRIORITIES)

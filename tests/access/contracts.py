"""Who may do what with contracts and their attachments."""

from ..access_declaring import ALL, OWN, TREE, Access, Route, change, press, show
from .customers import CUSTOMERS

FORM = {"title": "Written", "amount": "7", "currency": "CNY"}
CONTRACTS = Access(
    "Contracts",
    {
        "Salesperson": (OWN, "see pick add edit export"),
        "Regional manager": (TREE, "see pick edit export"),
        "Maintenance": (ALL, "pick"),
        "Management": (ALL, "see export"),
    },
    under=CUSTOMERS,
    signed_only=True,
    facet="owner",
    is_summed=True,
    kind="contract",
    kinds=dict.fromkeys(("edit", "save", "move", "put"), "draft"),  # one in force stays as it was signed
    form={**FORM, "customer": "{customer}"},
    rest={**FORM, "customer_id": "{customer}"},
    put={"title": "Written"},
    move={"move": "void", "status_reason": "wrong"},
    lookups={"contracts-of": "see pick", "renewable-contracts": "add edit"},
    routes={
        "POST /contracts/attach/<pk>": Route(press("edit"), "contract", {"file": "written.pdf"}),
        "GET /contracts/attachment/<pk>": Route(show(), "attachment"),
        "GET /api/v1/contracts/<pk>/attachments": Route(show(), "contract"),
        "POST /api/v1/contracts/<pk>/attachments": Route(change("edit"), "contract", {"file": "written.pdf"}),
        "GET /api/v1/contracts/attachments/<pk>": Route(show(), "attachment"),
    },
)
ACCESS = (CONTRACTS,)

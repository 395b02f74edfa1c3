"""Who may do what with customers and their statuses."""

from ..access_declaring import ALL, OWN, TREE, Access, Route, change, press, show

CUSTOMERS = Access(
    "Customers",
    {
        "Salesperson": (OWN, "see pick add edit delete export"),
        "Regional manager": (TREE, "see pick edit export hand_over"),
        "Maintenance": (ALL, "pick"),
        "Management": (ALL, "see export"),
    },
    facet="owner",
    kind="signed",
    kinds={"save": "lead", "delete": "lead", "remove": "lead"},  # a signed one has contracts
    form={"name": "Written Ltd", "status": "{lead_status}"},
    rest={"name": "Written Ltd", "status_id": "{lead_status}"},
    put={"remark": "Written"},
    lookups={
        "customers": "see",
        "contacts": "see",
        "signed-customers": "see pick",
        "contract-customers": "edit",
        "salespeople": "add edit",
    },
    routes={
        "POST /customers/status/<pk>": Route(press("edit"), "lead", {"status": "{other_status}"}),
        "POST /customers/inline/<name>/<pk>": Route(
            change("edit"), "lead", {"part": "new", "name": "Written"}, "/customers/inline/contact/{pk}"
        ),
        "POST /customers/comment/<pk>": Route(press("edit"), "lead", {"text": "Written"}),
        "POST /customers/attach/<pk>": Route(press("edit"), "lead", {"file": "written.pdf"}),
        "GET /customers/attachment/<pk>": Route(show(), "customer file"),
        "GET /api/v1/customers/<pk>/comments": Route(show(), "signed"),
        "POST /api/v1/customers/<pk>/comments": Route(change("edit"), "lead", {"text": "Written"}),
        "GET /api/v1/customers/<pk>/attachments": Route(show(), "signed"),
        "POST /api/v1/customers/<pk>/attachments": Route(change("edit"), "lead", {"file": "written.pdf"}),
        "GET /api/v1/customers/attachments/<pk>": Route(show(), "customer file"),
    },
)
STATUSES = Access(
    "Statuses",
    {"IT": (ALL, "see add edit delete")},
    is_owned=False,
    has_rest=False,
    kind="status",
    form={"name_zh": "写", "name_en": "Written", "position": "5", "stage": "lead", "tone": "grey", "is_active": "y"},
)
ACCESS = (CUSTOMERS, STATUSES)

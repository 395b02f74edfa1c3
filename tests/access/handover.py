"""Who hands over: managers inside their tree, the head of maintenance for tickets, Admin. Its records go by the leaver's department."""

from ..access_declaring import TREE, Access, Route, change, may, show
from ..people import PEOPLE

# What a person was given (each owner's lead came by a handover): the receiver alone reads it there; managers print all of it.
RECEIVED = "south1:y44 south2:4y4 north1:44y " + " ".join(f"{person}:444" for person in [*PEOPLE][3:])
PRINTED = (
    RECEIVED.replace("boss_south:444", "boss_south:yy4")
    .replace("boss_north:444", "boss_north:44y")
    .replace("selling_boss:444", "selling_boss:yy4")
    .replace("chief:444", "chief:yyy")
)
NOBODY = {"leaver": "999"}
HANDOVER = Access(
    "Handover",
    {"Regional manager": (TREE, "see add undo")},
    is_lent=False,
    has_rest=False,
    kind="handover",
    without=("POST /handover/add", "POST /handover/action/<string:name>/<pk>", "POST /handover/action_post"),
    lookups={"leavers": "add"},
    routes={
        "GET /handover/plan": Route(may("add", "r"), path="/handover/plan?leaver=999"),
        "POST /handover/preview": Route(may("add", "r"), body=NOBODY),
        "POST /handover/run": Route(may("add", "r"), body=NOBODY),
        "POST /handover/reassign": Route(show(), "signed", {"module": "Customers", "rowid": "{pk}"}),
        "POST /handover/undo/<pk>": Route(change("undo"), "handover"),
        "GET /handover/received/<pk>": Route(RECEIVED, "handover"),
        "GET /handover/sheet/<pk>": Route(PRINTED, "handover"),
        # the list of what it moved keeps it, whoever asks
        "POST /bin/purge/handover/<pk>": Route("chief:rrr", "binned handover", {"reason": "written twice"}, path="/bin/purge/{table}/{pk}"),
    },
)
ACCESS = (HANDOVER,)

"""Pages that belong to no module, and who gets them: said outright, person by person."""

from ..access_declaring import Route
from ..people import ANYBODY, PEOPLE

SIGNED_IN = " ".join(PEOPLE)
STAFFED = SIGNED_IN.replace("nobody ", "")  # everybody with a role
READERS = "south1 south2 north1 selling_boss boss_south boss_north director chief"  # of customers
TICKET_READERS = f"{READERS} service1 service2"


def each(letter: str, people: str) -> str:
    """Return a grid of one column with the same letter for these people."""
    return " ".join(f"{person}:{letter}" for person in people.split())


ROUTES = {
    "GET /": Route(each("y", SIGNED_IN)),
    # one's own views of lists that one may open; another person's are as if they did not exist
    "POST /views/save": Route(each("w", READERS), body={"screen": "customers", "name": "Written", "query": "q=a"}),
    "POST /views/layout": Route(each("w", TICKET_READERS), body={"screen": "tickets", "columns": "number", "density": "compact"}),
    "POST /views/delete/<pk>": Route(each("4", SIGNED_IN), path="/views/delete/999"),
    "POST /views/default/<pk>": Route(each("4", SIGNED_IN), path="/views/default/999"),
    "GET /notices/": Route(each("y", SIGNED_IN)),
    "POST /notices/open/<pk>": Route(each("4", SIGNED_IN), path="/notices/open/999"),
    "POST /notices/read": Route(each("r", SIGNED_IN)),
    "GET /_face": Route(each("y", SIGNED_IN)),
    "GET /health": Route(each("y", f"{SIGNED_IN} {ANYBODY}")),
    "GET /static/<path:filename>": Route(each("y", f"{SIGNED_IN} {ANYBODY}"), path="/static/{static}"),
    "GET /static/appbuilder/<path:filename>": Route(each("4", f"{SIGNED_IN} {ANYBODY}"), path="/static/appbuilder/none.js"),
    "GET /swagger/<version>": Route(each("y", STAFFED), path="/swagger/v1"),
    "GET /api/<version>/_openapi": Route(each("y", STAFFED), path="/api/v1/_openapi"),
    # the history as far as one sees the records; the bin of those who may restore
    "GET /history/": Route(each("y", "boss_south boss_north selling_boss it chief")),
    "GET /bin/": Route(each("y", "south1 south2 north1 boss_south boss_north selling_boss chief")),
}

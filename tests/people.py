"""Who works in the test company, in which department, and what is lent to whom: plain facts, without the app."""

from __future__ import annotations

# department -> the one above it
DEPARTMENTS = {"head": None, "south": "head", "south_city": "south", "north": "head"}
# user name -> (roles, department)
PEOPLE = {
    "south1": (["Salesperson"], "south"),
    "south2": (["Salesperson"], "south_city"),
    "north1": (["Salesperson"], "north"),
    "boss_south": (["Regional manager"], "south"),
    "boss_north": (["Regional manager"], "north"),
    "selling_boss": (["Salesperson", "Regional manager"], "south"),
    "service1": (["Maintenance"], "head"),
    "service2": (["Maintenance"], "head"),
    "director": (["Management"], "head"),
    "it": (["IT"], "head"),
    "nobody": ([], "head"),
    "chief": (["Admin"], "head"),
}
OWNERS = ("south1", "south2", "north1")
ANYBODY = "anybody"  # not signed in
# (who, whose customers): lent to read, with all that hangs on them
LENT = {("south2", "north1")}


def is_below(person: str, manager: str) -> bool:
    """Tell whether a person works in a manager's department or below it."""
    place: str | None = PEOPLE[person][1]
    while place is not None:
        if place == PEOPLE[manager][1]:
            return True
        place = DEPARTMENTS[place]
    return False

"""Who may do what with people, departments, roles and groups; what everybody may with their own account."""

from ..access_declaring import ALL, Access, Route, may
from .desk import SIGNED_IN, each

IT = {"IT": (ALL, "see add edit delete")}
DEPARTMENTS = Access(
    "Departments", IT, is_owned=False, has_rest=False, kind="department",
    form={"name_zh": "写", "name_en": "Written", "position": "5"},
)  # fmt: skip
ROLES = Access(
    "Roles", IT, is_owned=False, has_rest=False, kind="role", form={"name": "Written"},
    routes={"POST /roles/preview/<pk>": Route(may("edit"), "role", {"name": "Written"})},
)  # fmt: skip
GROUPS = Access("Groups", IT, is_owned=False, has_rest=False, kind="group", form={"name": "Written"})
STAFF = Access(
    "Staff", {"IT": (ALL, "see add edit reset")}, is_owned=False, has_rest=False, kind="person", facet="department",
    form={"first_name": "Written", "username": "written", "email": "written@example.com", "active": "y"},
    routes={
        "POST /staff/reset/<pk>": Route(may("reset", "w"), "person"),
        # whoever names a person in a form: sales, maintenance, IT
        "GET /lookup/staff": Route(each("y", "south1 south2 north1 selling_boss boss_south boss_north service1 service2 it chief")),
    },
)  # fmt: skip
ACCESS = (DEPARTMENTS, ROLES, GROUPS, STAFF)
ROUTES = {
    "GET /profile/": Route(each("y", SIGNED_IN)),
    "GET /profile/password": Route(each("y", SIGNED_IN)),
    "POST /profile/password": Route(each("r", SIGNED_IN), body={"present": "wrong", "password": "a long new phrase"}),
    "POST /language/<code>": Route(each("w", SIGNED_IN) + " anybody:r", path="/language/zh"),
    "GET /login/": Route(each("r", SIGNED_IN) + " anybody:y"),
}

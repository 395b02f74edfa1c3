"""Screens of IT: people, roles, groups, departments; the staff lookups."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_appbuilder.security.sqla.models import Group, Role
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _p
from sqlalchemy.orm import selectinload

from ..core.access.directory import PersonCell
from ..core.access.viewer import current_viewer
from ..core.base.formatting import badge, join_words
from ..core.base.i18n import Words
from ..core.base.page_data import Button, Buttons
from ..core.lists.facets import Facet, id_facet
from ..core.views.base import CRUD, DeskInterface, DeskView
from . import signin
from .comparison import compare_roles, is_own_role, say_permissions, say_roles
from .forms import PermissionMatrixField, RowsField
from .models import Department, Staff
from .queries import department_options
from .rolepreview import preview_role


class StaffView(DeskView[Staff]):
    """People. Accounts are closed, not deleted: their names stand on what they did."""

    datamodel = DeskInterface(Staff)
    route_base = "/staff"
    class_permission_name = "Staff"
    base_permissions = [*CRUD[:-1], "can_reset"]
    exclude_route_methods = {"download", "delete"}
    list_title, add_title, edit_title, new_label = _l("People"), _l("New person"), _l("Edit person"), _l("New person")
    label_columns = {
        "name": _p("person", "Name"), "username": _l("User name"), "department": _l("Department"), "roles": _l("Roles"),
        "groups": _l("Groups"), "active": _l("Active"), "email": _l("Mail"), "first_name": _l("Given name"),
        "last_name": _l("Family name"), "phone": _l("Phone"), "last_login": _l("Last sign-in"), "password": _l("Password"),
        "must_change_password": _l("Must change the password"), "one_time_code": _l("One-time code"),
        "one_time_code_until": _l("One-time code good until"),
    }  # fmt: skip
    list_columns = ["name", "department", "roles", "active"]
    optional_columns = ["username", "email", "phone", "last_login"]
    second_lines = {"name": ("username",)}
    phone_columns = ("department", "active")
    show_columns = ["username", "email", "phone", "department", "roles", "groups", "last_login"]
    add_columns = edit_columns = [
        "last_name", "first_name", "username", "email", "phone", "department", "roles", "groups", "active",
    ]  # fmt: skip
    search_columns = ["username"]
    order_columns = ["username"]
    sort_columns = {"username": "username"}
    search_column = "username"
    form_extra_fields = {
        "roles": RowsField(_l("Roles"), model=Role, hide_admin=True),
        "groups": RowsField(_l("Groups"), model=Group),
    }
    form_options = {"department": {"options": department_options}}
    cells = {
        "active": lambda row: badge(_("Active"), "green") if row.active else badge(_("Inactive"), "grey"),
        "roles": lambda row: join_words(_(role.name) for role in row.roles),
        "groups": lambda row: join_words(group.label or group.name for group in row.groups),
    }
    eager = staticmethod(lambda: (selectinload(Staff.department), selectinload(Staff.roles)))
    code_words = {"roles": say_roles}

    def facets(self) -> Sequence[Facet]:
        """Offer the department."""
        options = [(str(key), label) for key, label in department_options()]
        return [Facet("department", _l("Department"), lambda: options, id_facet(Staff.department_id))]

    def badge_of(self, item: Staff) -> Words:
        return self.cells["active"](item)

    def buttons_of(self, item: Staff) -> Buttons:
        buttons = super().buttons_of(item)
        if self.may("can_reset"):
            question = _("Issue a one-time code for %(name)s? It works for 24 hours.", name=item.name)
            buttons.insert(0, Button(_("Issue one-time code"), self.url("reset", item), "post", confirm=question, icon="key"))
        if current_viewer().may("can_list", "Absences"):
            buttons.insert(0, Button(_("Absences"), url_for("AbsencesView.list", person=item.id), icon="calendar-event"))
        return buttons

    @expose("/reset/<pk>", methods=["POST"])
    @has_access
    @permission_name("reset")
    def reset(self, pk: str) -> ResponseReturnValue:
        """Issue a one-time code; it is shown once."""
        person = self.find_or_404(pk)
        code = signin.issue_code(person)
        if self.commit_or_flash("action"):
            flash(_("One-time code for %(name)s: %(code)s (shown only now, good for 24 hours)", name=person.name, code=code), "info")
        return redirect(self.url("show", int(pk)))


class RolesView(DeskView[Role]):
    """Roles and what they grant."""

    datamodel = DeskInterface(Role)
    route_base = "/roles"
    class_permission_name = "Roles"
    list_title, add_title, edit_title, new_label = _l("Roles"), _l("New role"), _l("Edit role"), _l("New role")
    label_columns = {"name": _l("Role"), "people": _l("People"), "permissions": _l("Permissions")}
    list_columns = ["name"]
    show_columns = ["name"]
    add_columns = edit_columns = ["name", "permissions"]
    search_columns = order_columns = ["name"]
    base_order = ("id", "asc")
    opens = "edit"
    edit_template = "staff/role.html"
    extra_args = {"compare_roles": compare_roles, "is_own_role": is_own_role}
    cells = {"name": lambda row: _(row.name)}
    code_words = {"permissions": say_permissions, "name": _}
    form_extra_fields = {"permissions": PermissionMatrixField(_l("Permissions"))}

    def name_of(self, item: Role) -> str:
        return _(item.name)

    def after_save(self, pk: int) -> str:
        return self.url("edit", pk)

    @expose("/preview/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def preview(self, pk: str) -> ResponseReturnValue:
        """Show whom the permissions as ticked would give or take which records. Writes nothing."""
        role = self.find_or_404(pk)
        form = self.edit_form.refresh(obj=role)
        found = preview_role(role, form.permissions.data or [])
        title = f"{self.edit_title} · {self.name_of(role)}"
        return self._form_page(
            form, self.edit_template, title, self._fieldsets("edit"), item=role.id, preview=found, form_action=self.url("edit", role)
        )


class GroupsView(DeskView[Group]):
    """Groups: people who get the same roles."""

    datamodel = DeskInterface(Group)
    route_base = "/groups"
    class_permission_name = "Groups"
    list_title, add_title, edit_title, new_label = _l("Groups"), _l("New group"), _l("Edit group"), _l("New group")
    label_columns = {
        "name": _l("Group"),
        "label": _l("Label"),
        "description": _l("Description"),
        "roles": _l("Roles"),
        "users": _l("People"),
    }
    code_words = {"roles": say_roles}
    list_columns = ["name", "label", "description"]
    show_columns = ["name", "label", "description"]
    add_columns = edit_columns = ["name", "label", "description", "roles", "users"]
    search_columns = order_columns = ["name"]
    base_order = ("id", "asc")
    opens = "edit"
    form_extra_fields = {
        "roles": RowsField(_l("Roles"), model=Role, hide_admin=True),
        "users": RowsField(_l("People"), model=Staff),
    }

    def after_save(self, pk: int) -> str:
        return self.url("edit", pk)


class DepartmentsView(DeskView[Department]):
    """The tree of departments."""

    datamodel = DeskInterface(Department)
    route_base = "/departments"
    class_permission_name = "Departments"
    list_title, add_title, new_label = _l("Departments"), _l("New department"), _l("New department")
    edit_title = _l("Edit department")
    label_columns = {
        "name_zh": _l("Chinese name"), "name_en": _l("English name"), "parent": _l("Belongs to"),
        "manager": _l("Manager"), "position": _l("Position"), "is_active": _l("In use"),
    }  # fmt: skip
    list_columns = ["name_zh", "name_en", "parent", "manager"]
    show_columns = add_columns = edit_columns = ["name_zh", "name_en", "parent", "manager", "position"]
    search_columns = order_columns = ["name_zh"]
    base_order = ("position", "asc")
    form_options = {"parent": {"options": department_options}}
    cells = {"manager": PersonCell("manager_id")}
    eager = staticmethod(lambda: (selectinload(Department.parent),))

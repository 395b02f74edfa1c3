"""Flask-AppBuilder without what this desk does not use: the language switch by GET, the page history, the menu for strangers."""

from __future__ import annotations

from flask_appbuilder import AppBuilder


class DeskBuilder(AppBuilder):
    """Registers the start page, security and the API's description; screens come from the modules."""

    def _add_admin_views(self) -> None:
        self._indexview = self.add_view_no_menu(self.indexview)
        self.sm.register_views()
        self.openapi_manager.register_views()

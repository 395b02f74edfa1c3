"""Flask-AppBuilder, less what this desk does not use: no language switch by GET, no page stack, no menu for strangers."""

from __future__ import annotations

from flask_appbuilder import AppBuilder


class DeskBuilder(AppBuilder):
    """Registers the start page, security and the API's description; screens come from the modules."""

    def _add_admin_views(self) -> None:
        self._indexview = self.add_view_no_menu(self.indexview)
        self.sm.register_views()
        self.openapi_manager.register_views()

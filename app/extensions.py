"""The Flask extensions, unbound. Imports nothing of app, so everything may import it."""

from __future__ import annotations

from flask_appbuilder import Model
from flask_appbuilder.models.sqla.base import SQLA
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import MetaData

# FAB's own tables share this metadata. The convention names only constraints that are unnamed, before the first table.
NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata: MetaData = Model.metadata
metadata.naming_convention = NAMING_CONVENTION

db = SQLA(model_class=Model, session_options={"autoflush": False})
csrf = CSRFProtect()

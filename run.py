"""Start Countersign: `python run.py [--demo]`. WSGI servers (`gunicorn run:app`) and `flask --app run crm …` find the app here."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    from app.serving import main

    sys.exit(main())

from app import create_app
from config import make_settings

app = create_app(make_settings())

"""Start Countersign: `python run.py [--demo]`. WSGI servers (`gunicorn run:app`) and `flask --app run crm …` find the app here."""

from __future__ import annotations

import gc
import sys

if __name__ == "__main__":
    from app.serving import main

    sys.exit(main())

from app import create_app
from config import make_settings

app = create_app(make_settings())
# What is loaded now stays for good: spare every full collection, in the middle of a request, the walk through it.
gc.collect()
gc.freeze()

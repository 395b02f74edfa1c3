"""Time. Instants are naive UTC; days, periods and the year of a number are of TIMEZONE."""

from __future__ import annotations

from datetime import MINYEAR, UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from flask import current_app


def now() -> datetime:
    """Return this instant in UTC, naive, to the second."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def zone() -> ZoneInfo:
    """Return the company's time zone."""
    return ZoneInfo(current_app.config["TIMEZONE"])


def to_local(instant: datetime) -> datetime:
    """Return a UTC instant as naive wall time of the company; what would lie beyond the calendar becomes its first or last instant."""
    try:
        return instant.replace(tzinfo=UTC).astimezone(zone()).replace(tzinfo=None)
    except OverflowError:
        return _edge_near(instant)


def from_local(wall: datetime) -> datetime:
    """Return naive wall time of the company as a naive UTC instant; beyond the calendar, as `to_local`."""
    try:
        return wall.replace(tzinfo=zone()).astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        return _edge_near(wall)


def _edge_near(when: datetime) -> datetime:
    return datetime.min if when.year == MINYEAR else datetime.max  # noqa: DTZ901 - as all instants and wall times here, naive


def today() -> date:
    """Return the company's present day."""
    return _day_of(now(), current_app.config["TIMEZONE"])


@lru_cache(maxsize=8)
def _day_of(instant: datetime, zone_name: str) -> date:
    return instant.replace(tzinfo=UTC).astimezone(ZoneInfo(zone_name)).date()

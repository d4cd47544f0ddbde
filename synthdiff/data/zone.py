"""Time zones by what they are, whatever class says so."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_FOLDER = "zoneinfo/"
_UTC = "UTC"


def zone_name(zone: Any) -> str | None:
    """Name a time zone as Arrow does; None where it is neither of the time zone database nor a fixed offset.

    Parameters
    ----------
    zone : datetime.tzinfo or None
        Of the standard library, pytz or dateutil.

    Returns
    -------
    str or None
        Such as ``"Europe/Paris"`` or ``"+05:30"``; UTC is ``"UTC"`` in any class.

    Examples
    --------
    >>> import zoneinfo
    >>> zone_name(zoneinfo.ZoneInfo("Europe/Paris")), zone_name(datetime.timezone(datetime.timedelta(hours=5.5), "IST"))
    ('Europe/Paris', '+05:30')
    """
    if zone is None:
        return None
    known = getattr(zone, "key", None) or getattr(zone, "zone", None)  # of zoneinfo, of pytz
    if isinstance(known, str):
        return known
    path = getattr(zone, "_filename", None)  # of dateutil
    if isinstance(path, str) and _FOLDER in path:
        return path.rpartition(_FOLDER)[2]
    offset = zone.utcoffset(None)
    return None if offset is None else _offset_name(offset)


def ahead_of_utc(seconds: npt.NDArray[np.int64], zone: str) -> npt.NDArray[np.int64]:
    """Seconds that the clocks of a zone are ahead of UTC at moments in seconds since 1970, (n,) int64."""
    shown = pc.local_timestamp(pa.array(seconds, pa.timestamp("s", zone))).cast(pa.int64())
    return np.asarray(shown.to_numpy() - seconds)


def _offset_name(offset: datetime.timedelta) -> str | None:
    minutes, rest = divmod(offset.total_seconds(), 60)
    if rest:
        return None  # Arrow counts whole minutes
    sign, minutes = "-" if minutes < 0 else "+", abs(int(minutes))
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}" if minutes else _UTC

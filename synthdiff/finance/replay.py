"""Historical replay: what the assets did in a window of the past, as a path for a portfolio of today."""

from __future__ import annotations

import datetime as dt
import difflib
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthdiff.codecs.series.price import PriceCodec
from synthdiff.data.market import Market, read_market
from synthdiff.data.market.moment import DateArray
from synthdiff.data.paths import Paths
from synthdiff.data.portfolio import named
from synthdiff.data.split import FloatArray
from synthdiff.errors import ConfigError, DataError

_DAY = np.timedelta64(86_400 * 10**9 - 1, "ns")
"""From midnight to the last moment of a day."""
Moment = str | dt.date | np.datetime64


@dataclass(frozen=True)
class Window:
    """A stretch of market history.

    Attributes
    ----------
    key : str
        What it is asked for by.
    title : str
    start : str
        The last close before it, an ISO date.
    end : str
        Its last close.
    """

    key: str
    title: str
    start: str
    end: str


# From the highest close of US equities before a fall to the lowest of it; where a crisis was elsewhere, from the news
# that began it to the end of the fall there.
WINDOWS = (
    Window("black monday", "Black Monday 1987", "1987-10-13", "1987-10-19"),
    Window("gulf", "Gulf crisis 1990", "1990-07-16", "1990-10-11"),
    Window("bonds", "Bond market 1994", "1994-02-02", "1994-11-07"),
    Window("asia", "Asian crisis 1997/98", "1997-07-01", "1998-01-12"),
    Window("ltcm", "Russia and LTCM 1998", "1998-07-17", "1998-10-08"),
    Window("dotcom", "Dotcom 2000-2002", "2000-03-24", "2002-10-09"),
    Window("september", "September 11, 2001", "2001-09-10", "2001-09-21"),
    Window("gfc", "Global financial crisis 2007-09", "2007-10-09", "2009-03-09"),
    Window("lehman", "Lehman 2008", "2008-09-12", "2008-11-20"),
    Window("euro", "Euro debt crisis 2011", "2011-07-07", "2011-10-03"),
    Window("china", "China 2015/16", "2015-08-17", "2016-02-11"),
    Window("volmageddon", "Volmageddon 2018", "2018-01-26", "2018-02-08"),
    Window("christmas", "Christmas 2018", "2018-09-20", "2018-12-24"),
    Window("covid", "Covid 2020", "2020-02-19", "2020-03-23"),
    Window("rates", "Rates 2022", "2022-01-03", "2022-10-12"),
    Window("carry", "Yen carry trade 2024", "2024-07-16", "2024-08-05"),
    Window("tariffs", "Tariffs 2025", "2025-02-19", "2025-04-08"),
)
"""The windows that have a name, in the order of time."""


@dataclass(frozen=True, eq=False)
class Replay:
    """What assets did in a window.

    Attributes
    ----------
    title : str
        The name of the window; empty where it has none.
    first, last : str
        ISO dates: the close before the first return, and the last close.
    paths : Paths
        One path, of the assets that are observed.
    notes : tuple of str
        What a reader must know besides.
    """

    title: str
    first: str
    last: str
    paths: Paths
    notes: tuple[str, ...]


def windows_within(dates: DateArray) -> tuple[Window, ...]:
    """The windows with a name that lie within some dates, (T,)."""
    return tuple(window for window in WINDOWS if _is_within(window, dates))


def find_window(name: str, dates: DateArray) -> Window:
    """The window of a name, or of the beginning of one; case and spaces do not count.

    Parameters
    ----------
    name : str
        Such as ``"gfc"`` or ``"covid 2020"``.
    dates : (T,) datetime64[ns]
        Of the history that it is wanted from.

    Raises
    ------
    ConfigError
        There is no such window, or the dates do not hold it; it says which they hold.
    """
    within = windows_within(dates)
    held = ", ".join(window.key for window in within) or "none"
    wanted = _plain(name)
    found = [window for window in WINDOWS if wanted and wanted in (_plain(window.key), _plain(window.title))]
    found = found or [window for window in WINDOWS if wanted and _plain(window.title).startswith(wanted)]
    found = found or [window for window in WINDOWS if wanted.startswith(_plain(window.key))]
    if not found:
        near = difflib.get_close_matches(wanted, [window.key for window in WINDOWS], n=1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        raise ConfigError(f"there is no window called {name!r}{hint}; the history holds {held}. Or give two dates")
    if found[0] not in within:
        raise ConfigError(
            f"{found[0].title} is from {found[0].start} to {found[0].end}; the history is from {_day(dates[0])} to "
            f"{_day(dates[-1])} and holds {held}"
        )
    return found[0]


def replay_window(history: Any, start: Moment, end: Moment | None = None, held: tuple[str, ...] = ()) -> Replay:
    """Take the returns of a window.

    Parameters
    ----------
    history : Market or frame
        With dates; see `synthdiff.data.market.read_market`.
    start : str, date or datetime64
        The close before the first return; of a day without one, the last before it. Without an end, the name of a
        window: see `WINDOWS`.
    end : str, date or datetime64, optional
        The last close.
    held : tuple of str
        Assets that must be observed from the start on. Others are left out where they are not.

    Returns
    -------
    Replay

    Raises
    ------
    ConfigError
        There is no such window, or the history has none but numbered steps, or lies elsewhere.
    DataError
        An asset that is held is not observed at the start.
    """
    market = history if isinstance(history, Market) else read_market(history)
    if market.dates is None:
        raise ConfigError("the history has no dates, so no window can be found in it; give it a column of dates")
    title = ""
    if end is None:
        window = find_window(str(start), market.dates)
        title, start, end = window.title, window.start, window.end
    before, last = _places(market.dates, _moment(start), _moment(end))
    codec = PriceCodec.fit(market, "historical")
    known = _known(market, codec, before)
    unknown = [name for name in held if name in codec.assets and name not in known]
    if unknown:
        raise DataError(
            f"{named(unknown)} is not observed on {_day(market.dates[before])}, when the window begins: leave it out "
            "of the portfolio, give a history that has it, or choose a later window",
            column=unknown[0],
        )
    returns = _returns(market, codec)[before + 1 : last + 1]
    kept = [j for j, name in enumerate(codec.assets) if name in known]
    steps = returns[:, kept]
    paths = Paths.of(
        np.nan_to_num(steps)[None],
        known,
        dates=market.dates[before + 1 : last + 1],
        kinds=[codec.kinds[j] for j in kept],
    )
    notes = tuple(_notes(known, held, np.isnan(steps).sum(axis=0), len(steps)))
    return Replay(title, _day(market.dates[before]), _day(market.dates[last]), paths, notes)


def _returns(market: Market, codec: PriceCodec) -> FloatArray:
    """Log returns or differences of the assets, (T, n_assets): NaN where nothing is observed, and in the first row."""
    steps = codec.encode(market.values)
    moves = codec.returns(steps[None], market.values[codec.lag - 1] if codec.lag else None)[0]
    return np.concatenate([np.full((codec.lag, codec.n_assets), np.nan), moves])


def _known(market: Market, codec: PriceCodec, before: int) -> tuple[str, ...]:
    """Assets whose return after a row is known, as they were observed at some time before."""
    asked = [list(series.columns) for series in codec.series[: codec.n_assets]]
    seen = [bool((~np.isnan(market.values[: before + 1, columns])).any()) for columns in asked]
    later = [bool((~np.isnan(market.values[before + 1 :, columns])).any()) for columns in asked]
    return tuple(name for name, a, b in zip(codec.assets, seen, later, strict=True) if a and b)


def _notes(names: tuple[str, ...], held: tuple[str, ...], missing: Any, n_steps: int) -> list[str]:
    return [
        f"{name!r} is not observed in {count} of the {n_steps} steps; there it is taken as unchanged"
        for name, count in zip(names, missing.tolist(), strict=True)
        if count and name in held
    ]


def _places(dates: DateArray, start: np.datetime64, end: np.datetime64) -> tuple[int, int]:
    """Rows of the close before the first return and of the last close."""
    before = int(np.searchsorted(dates, start, side="right")) - 1
    last = int(np.searchsorted(dates, end, side="right")) - 1
    if before < 0 or start > dates[-1]:
        raise ConfigError(
            f"the window begins on {_day(start)}; the history is from {_day(dates[0])} to {_day(dates[-1])}"
        )
    if end > dates[-1] + np.timedelta64(4, "D"):  # a weekend and a holiday may lie between
        raise ConfigError(f"the window ends on {_day(end)}; the history on {_day(dates[-1])}")
    if last <= before:
        raise ConfigError(f"the history has no steps between {_day(start)} and {_day(end)}; choose a longer window")
    return before, last


def _is_within(window: Window, dates: DateArray) -> bool:
    return bool(_moment(window.start) >= dates[0] and np.datetime64(window.end) <= dates[-1])


def _moment(value: Moment) -> np.datetime64:
    """A date as text is that whole day: its close lies in it, whatever the hour."""
    try:
        moment = np.datetime64(value)
    except (TypeError, ValueError, OverflowError):
        moment = np.datetime64("NaT")
    if np.isnat(moment):
        raise ConfigError(f"{value!r} is no date; write it like 2008-09-12")
    is_day = np.datetime_data(moment.dtype)[0] == "D"
    ends = moment.astype("datetime64[ns]") + (_DAY if is_day else 0 * _DAY)
    return np.datetime64(ends)


def _day(moment: np.datetime64) -> str:
    return str(moment.astype("datetime64[D]"))


def _plain(text: str) -> str:
    """Letters and digits only."""
    return "".join(sign for sign in text.lower() if sign.isalnum())

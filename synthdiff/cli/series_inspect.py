"""``synthdiff inspect --series``: what each column of market series is taken for, the dates, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from synthdiff.cli.screen import counted, facts_grid, messages, print_json, results
from synthdiff.cli.series_column import column_facts, columns_table, reason_of
from synthdiff.cli.series_summary import day
from synthdiff.codecs.series.price import PriceCodec
from synthdiff.data.io import read_table
from synthdiff.data.market import Market, read_market
from synthdiff.data.market.calendar import name_calendar, steps_per_year
from synthdiff.data.market.moment import DateArray, name_row
from synthdiff.models.duration import format_duration
from synthdiff.visible import shell_words, shown

LONG_GAP = 3.0
"""A gap is worth telling from so many times the usual longest wait on: a weekend is none."""
USUAL = 0.99
"""Share of the waits between two dates that are usual."""
_NS_A_DAY, _S_A_DAY = 86_400e9, 86_400


def show_series(
    data: tuple[str, ...], reading: dict[str, Any], as_json: bool, words: Sequence[str], text: dict[str, Any]
) -> None:
    """Print what the series of some files are taken for.

    Parameters
    ----------
    data : tuple of str
        Files.
    reading : dict
        What `read_market` takes.
    as_json : bool
        Print for programs.
    words : sequence of str
        What was typed, to name the command that fits the same.
    text : dict
        What `read_table` takes.
    """
    market = read_market(read_table(data, say=messages().print, **text), **reading)
    facts = series_facts(market)
    console = messages()
    if as_json:
        print_json(facts)
    else:
        screen = results()
        screen.print(columns_table(facts["columns"]))
        screen.print(facts_grid(in_words(facts) + [("warning", shown(str(finding))) for finding in market.findings]))
    n_assets = len(dict.fromkeys(c["asset"] for c in facts["columns"] if c["role"] != "covariate"))
    counts = (counted(facts["rows"], "row"), counted(len(market.names), "column"), counted(n_assets, "asset"))
    console.print(f"{', '.join(counts)}. Next: synthdiff fit {shell_words(words)}", soft_wrap=True)


def series_facts(market: Market) -> dict[str, Any]:
    """Rows, dates, gaps, and what each column is taken for."""
    absent = np.isnan(market.values)
    columns = column_facts(PriceCodec.fit(market, "historical"), market.dates)
    for column, share in zip(columns, absent.mean(axis=0), strict=True):
        reason = reason_of(market, column["name"])
        column |= {"missing": float(share), "why": reason.text, "certainty": reason.certainty}
    dates = market.dates
    return {
        "rows": len(market.values),
        "first_date": None if dates is None else str(dates[0])[:19],
        "last_date": None if dates is None else str(dates[-1])[:19],
        "calendar": "" if dates is None else name_calendar(dates),
        "steps_per_year": steps_per_year(dates),
        "gap": None if dates is None else longest_gap(dates),
        "rows_with_missing": int(absent.any(axis=1).sum()),
        "columns": columns,
        "findings": [finding.to_dict() for finding in market.findings],
    }


def longest_gap(dates: DateArray) -> dict[str, Any]:
    """The longest wait between two dates, in days: after which, and how many are unusually long."""
    waits = np.diff(dates).astype(np.int64) / _NS_A_DAY
    usual = float(np.quantile(waits, USUAL))
    place = int(waits.argmax())
    return {
        "days": float(waits[place]),
        "after": name_row(dates, place),
        "even": bool(waits.min() == waits.max()),
        "n_long": int((waits > LONG_GAP * usual).sum()),
    }


def in_words(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """Dates and what is missing, each as a name and a line of text."""
    lines = []
    if facts["first_date"] is None:
        lines.append(("dates", "none: rows are taken in their order, and paths have numbered steps"))
    else:
        rate, gap = f"{facts['steps_per_year']:,.0f} a year", facts["gap"]
        steps = f"{facts['calendar']}, {rate}" if facts["calendar"] else rate
        lines.append(("dates", f"{day(facts['first_date'])} to {day(facts['last_date'])}, {steps}"))
        lines.append(("gaps", gap_in_words(gap)))
    n = facts["rows_with_missing"]
    if n:
        lines.append(("missing", f"{counted(n, 'row')} of {facts['rows']:,} lack a value of some column"))
    return lines


def gap_in_words(gap: dict[str, Any]) -> str:
    """How many waits are unusually long, and the longest one."""
    if gap["even"]:
        return "none: each date is as long after the one before"
    days = gap["days"]
    wait = f"{days:,.3g} days" if days > 1 else format_duration(days * _S_A_DAY)
    number = counted(gap["n_long"], "gap") if gap["n_long"] else "none that is unusual"
    return f"{number}; the longest is {wait}, after {gap['after']}"

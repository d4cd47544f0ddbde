"""A backtest as text: what was exceeded how often, and how good the forecasts are."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from synthdiff.visible import shown

if TYPE_CHECKING:
    from synthdiff.finance.backtest import Backtest, ForecastResult, RiskResult

RISK_COLUMNS = (
    "series",
    "level",
    "exceptions",
    "expected",
    "Kupiec",
    "indep.",
    "both",
    "DQ",
    "Z1",
    "p",
    "Z2",
    "p",
    "zone",
)
LEFT = ("series", "zone")


def plain(result: Backtest) -> str:
    """Lay a backtest out in two tables, about 100 columns wide.

    Parameters
    ----------
    result : Backtest

    Returns
    -------
    str
        Without a line break at the end.
    """
    from synthdiff.finance.backtest import SHARES

    n_days, plan = len(result.track.losses), result.plan
    again = f"fitted again every {plan.refit_every} days" if plan.refit_every else "never fitted again"
    forecast_columns = ("series", "days", "n", "CRPS", "error", "p uniform", *(f"{share:.3g}" for share in SHARES))
    lines = [
        f"{shown(result.simulator)}: {n_days:,} days from row {plan.first:,} on, {plan.n_paths:,} paths each, {again}",
        "",
        "Value at risk and expected shortfall over one day; p-values by simulation",
        *table(RISK_COLUMNS, [_risk(risk) for risk in result.risks]),
        "",
        "Cumulated returns; the last columns are how often the middle part of the forecasts holds the truth",
        *table(forecast_columns, [_forecast(forecast) for forecast in result.forecasts]),
    ]
    return "\n".join([*lines, *([""] if result.notes else []), *map(shown, result.notes)])


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines of a table, as wide as its cells; words to the left, numbers to the right."""
    rows = [[shown(cell) for cell in row] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        cells = [
            cell.ljust(width) if word in LEFT else cell.rjust(width)
            for word, cell, width in zip(head, row, widths, strict=True)
        ]
        yield "  ".join(cells).rstrip()


def figure(value: float, digits: int = 3) -> str:
    """A number as short as tables need it; a dash where there is none."""
    return f"{value:.{digits}f}" if math.isfinite(value) else "-"


def _risk(risk: RiskResult) -> list[str]:
    coverage, shortfall = risk.coverage, risk.shortfall
    tests = (coverage.kupiec, coverage.independence, coverage.conditional, coverage.dynamic_quantile)
    sizes = [text for z in (shortfall.z1, shortfall.z2) for text in (figure(z.statistic, 2), figure(z.p_monte_carlo))]
    light = risk.traffic_light
    return [
        risk.name,
        f"{risk.level:.4g}",
        str(coverage.n_exceptions),
        f"{coverage.n_expected:.1f}",
        *(figure(test.p_monte_carlo) for test in tests),
        *sizes,
        "" if light is None else f"{light.zone} ({light.n_exceptions} in {light.n_days})",
    ]


def _forecast(forecast: ForecastResult) -> list[str]:
    score = forecast.crps
    return [
        forecast.name,
        str(forecast.horizon),
        str(forecast.n),
        f"{score.value:.4g}",
        f"{score.standard_error:.1g}" if math.isfinite(score.standard_error) else "-",
        figure(forecast.p_uniform),
        *(figure(share.value) for share in forecast.coverage),
    ]

"""A validation on a terminal, readable without colour: where the model is behind, then the numbers in tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.constrain import Constrain
from rich.table import Table
from rich.text import Text

from synthdiff.console import VisibleConsole
from synthdiff.evaluation.text import marked, verdict_lines
from synthdiff.finance.backtest_text import figure
from synthdiff.finance.candidate import Candidate, Estimate, difference
from synthdiff.finance.comparison import Difference
from synthdiff.finance.shortcoming import REJECTED, TESTS, overall, p_values, risks_at
from synthdiff.visible import shown

if TYPE_CHECKING:
    from synthdiff.finance.backtest import Backtest
    from synthdiff.finance.validation import Validation

WIDTH = 110
BRIEF = {
    "Kupiec": "Kupiec",
    "Christoffersen": "Christoff.",
    "dynamic quantile": "DQ",
    "Acerbi-Szekely Z1": "Z1",
    "Acerbi-Szekely Z2": "Z2",
}
DRIFT = "the market's drift"


def render(validation: Validation) -> RenderableType:
    """Lay a validation out for a terminal of up to 110 columns.

    Parameters
    ----------
    validation : Validation

    Returns
    -------
    rich.console.RenderableType
    """
    return Constrain(Group(*_parts(validation)), WIDTH)


def plain(validation: Validation) -> str:
    """The same as plain text, 110 columns wide at most."""
    stream = StringIO()
    # Neither colours nor the width of a terminal.
    console = VisibleConsole(file=stream, width=WIDTH, color_system=None, markup=False, highlight=False, emoji=False)
    console.print(render(validation))
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()).strip("\n")


def _parts(validation: Validation) -> Iterator[RenderableType]:
    yield from verdict_lines(validation.verdict)
    for note in validation.notes:
        yield marked("warning", note)
    yield Text("\nPaths, by stylised facts", style="bold")
    yield _wholes(validation)
    yield Text("\nFact by fact", style="bold")
    yield _facts(validation)
    tested = [candidate for candidate in validation.candidates if candidate.backtest is not None]
    if tested:
        yield Text("\nOne-day value at risk and expected shortfall, day after day", style="bold")
        yield _risks(tested)
        yield Text("\nForecasts, day after day: CRPS, and the model's beside it", style="bold")
        yield _forecasts(tested)
    yield Text(f"\n{shown(_legend(validation))}", style="dim")
    for line in (_about(validation), _seconds(validation.candidates)):
        yield Text(line, style="dim")
    for candidate in validation.candidates:
        for note in candidate.notes:
            yield Text(shown(f"{candidate.name}: {note}"), style="dim")


def _wholes(validation: Validation) -> Table:
    model = validation.model
    across = bool(model.reports[0].cross)
    table = _table("simulator", "mean", "±", "model less it", "right", *(["across", "±"] if across else []))
    for head in ("novelty", "copies", "outside"):
        table.add_column(head, justify="right", no_wrap=True)
    for candidate in validation.candidates:
        cells = [*_number(candidate.estimate("mean")), _apart(model, candidate), _right(candidate)]
        cells += _number(candidate.estimate("cross_mean")) if across else []
        outside = f"{candidate.estimate('outside').value:.3g}/{candidate.n_depths}"
        cells += [_figure(candidate.estimate("novelty").value), f"{candidate.estimate('copies').value:.0%}", outside]
        table.add_row(shown(candidate.name), *cells, style="bold" if candidate is model else "")
    if validation.drift is not None:
        drift = Candidate(DRIFT, (validation.drift,))
        cells = [f"{validation.drift.mean:.2f}", "", _apart(model, drift), _right(drift)]
        cells += [f"{drift.estimate('cross_mean').value:.2f}", ""] if across else []
        table.add_row(DRIFT, *cells, style="dim")
    return table


def _facts(validation: Validation) -> Table:
    table = _table("fact", *(candidate.name for candidate in validation.candidates), no_wrap=False)
    drift = validation.drift and Candidate(DRIFT, (validation.drift,))
    if drift:
        table.add_column(DRIFT, justify="right", max_width=12)
    every = [*validation.candidates, *([drift] if drift else [])]
    more = dict.fromkeys(name for candidate in validation.candidates for name in candidate.more)
    for facts in (validation.model.facts, more):
        for fact in facts:
            table.add_row(fact, *(_figure(candidate.estimate(fact).value) for candidate in every))
        table.add_section()
    return table


def _risks(candidates: Sequence[Candidate]) -> Table:
    table = _table("simulator", "level", "exceptions", "expected", *BRIEF.values(), "zone")
    first = candidates[0].backtest
    for level in () if first is None else first.plan.levels:
        for candidate in candidates:
            if candidate.backtest is not None:
                table.add_row(shown(candidate.name), f"{level:.4g}", *_risk(candidate.backtest, level))
        table.add_section()
    return table


def _risk(backtest: Backtest, level: float) -> list[str]:
    risks = risks_at(backtest, level)
    counts = [sum(risk.coverage.n_exceptions for risk in risks), sum(risk.coverage.n_expected for risk in risks)]
    tests = [p_values(backtest, test, level) for test in TESTS]
    lights = [risk.traffic_light.zone for risk in risks if risk.traffic_light is not None]
    zone = " ".join(f"{lights.count(z)} {z}" for z in ("green", "yellow", "red") if z in lights)
    if len(risks) == 1:
        return [f"{counts[0]:.0f}", f"{counts[1]:.1f}", *(_p_value(values[0]) for values in tests), *lights[:1]]
    return [f"{counts[0]:.0f}", f"{counts[1]:.1f}", *(_rejected(values) for values in tests), zone]


def _forecasts(candidates: Sequence[Candidate]) -> Table:
    backtest = candidates[0].backtest
    horizons = () if backtest is None else backtest.plan.horizons
    heads = [head for h in horizons for head in (f"{h} d", "model against it")]
    table = _table("simulator", *heads)
    for candidate in candidates:
        by_horizon = {d.horizon: d for d in overall(candidate)}
        cells = []
        for horizon in horizons:
            apart = by_horizon.get(horizon)
            cells += [f"{_crps(candidate, horizon):.3g}", "" if apart is None else _relative(apart)]
        table.add_row(shown(candidate.name), *cells)
    return table


def _crps(candidate: Candidate, horizon: int) -> float:
    """Mean CRPS over all series."""
    forecasts = () if candidate.backtest is None else candidate.backtest.forecasts
    found = [forecast.crps.value for forecast in forecasts if forecast.horizon == horizon]
    return sum(found) / len(found) if found else math.nan


def _relative(apart: Difference) -> str:
    """A difference as a share of the challenger's CRPS, with its interval."""
    low, high = apart.mean.interval
    if not math.isfinite(low) or apart.mean.value == 0:
        return f"{apart.relative:+.1%}"
    half = (high - low) / 2 * abs(apart.relative / apart.mean.value)
    return f"{apart.relative:+.1%} ±{half:.1%}"


def _apart(model: Candidate, other: Candidate) -> str:
    """Difference of the means with its interval."""
    if other is model:
        return ""
    apart = difference(model, other, "mean") if len(other.reports) == len(model.reports) else None
    if apart is None:
        return f"{model.estimate('mean').value - other.estimate('mean').value:+.2f}"
    return f"{apart.value:+.2f}" + ("" if apart.half is None else f" ±{apart.half:.2f}")


def _right(candidate: Candidate) -> str:
    report = candidate.reports[0]
    return f"{candidate.estimate('right').value:.3g}/{len(report.facts)}"


def _number(estimate: Estimate) -> list[str]:
    return [_figure(estimate.value), "" if estimate.half is None else f"{estimate.half:.2f}"]


def _figure(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else "-"


def _seconds(candidates: Sequence[Candidate]) -> str:
    """How long what took, in a line; nothing where nobody noted it."""
    parts = []
    for what, words in (("fit", "fit"), ("sample", "paths of a seed"), ("backtest", "backtest")):
        found = [(c.name, c.seconds[what]) for c in candidates if what in c.seconds]
        if found:
            parts.append(f"{words}: {', '.join(f'{name} {seconds:,.1f}' for name, seconds in found)}")
    return f"Seconds. {'; '.join(parts)}." if parts else ""


def _p_value(p: float) -> str:
    return figure(p) + ("!" if p < REJECTED else "")


def _rejected(values: Sequence[float]) -> str:
    return f"{sum(p < REJECTED for p in values)}/{len(values)}"


def _table(first: str, *heads: str, no_wrap: bool = True) -> Table:
    table = Table(box=None, show_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(first, overflow="fold", min_width=20)
    for head in heads:
        table.add_column(head, justify="right", no_wrap=no_wrap, max_width=None if no_wrap else 12)
    return table


def _legend(validation: Validation) -> str:
    several = len(validation.model.reports) > 1
    over = "95 % over seeds" if several else "95 % over paths"
    words = [
        "mean, across: distance from the history in the facts of single assets and across them; another history of the "
        f"same length would score 1, lower is better. ±: {over}. right: facts up to 1.5. novelty: highest correlation "
        f"of a path with the history, real windows reach {_figure(validation.model.reports[0].novelty_real)}. copies: "
        "ten-step stretches that are in the history to the digit. outside: depths at which drawdowns are outside of "
        "the history's 90 % band. Drift, and what follows it in the table of facts, is in no mean."
    ]
    tested = validation.model.backtest
    if tested is not None:
        single = len(tested.names) == 1
        what = "p-values by simulation, ! below 5 %" if single else f"assets rejected at 5 %, of {len(tested.names)}"
        words.append(
            f"Tests: {what}; Z1 and Z2 are Acerbi and Szekely's of expected shortfall. CRPS: below 0 % the model's "
            "is lower, and so better; ±: 95 %, over days."
        )
    return " ".join(words)


def _about(validation: Validation) -> str:
    about = validation.about
    words = [
        f"{about[key]:,} {key}" for key in ("paths", "steps of a path", "seeds", "days of backtest") if key in about
    ]
    spans = [f"{key} {about[key]}" for key in ("fitted to", "scored on") if key in about]
    return "; ".join([*words, *spans])

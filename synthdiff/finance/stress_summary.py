"""A scenario in plain sentences, and the words that its numbers are told in."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from synthdiff.data.paths import Event, Paths

if TYPE_CHECKING:
    from synthdiff.finance.stress_result import StressResult

UNITS = (("day", 1, 1), ("week", 7, 7), ("month", 28, 31), ("quarter", 89, 92), ("year", 365, 366))
"""What steps are called whose median is from so many days to so many."""
SURE = 40.0
"""Paths of equal weight below which there are not two in a twentieth."""
MOST_ASSETS, MOST_WAYS = 4, 3
SMALL = 4
"""Digits after the point that a percentage has at most."""


def percent(value: float, fine: bool = False) -> str:
    """A fraction as a percentage, as short as a sentence wants it, or with one digit more for tables.

    Examples
    --------
    >>> [percent(x) for x in (0.1834, 0.0183, 0.00424, 0.0000312, 1e-9, 0.0, 1.5)]
    ['18 %', '1.8 %', '0.42 %', '0.0031 %', '0.00 %', '0 %', '150 %']
    >>> [percent(x, fine=True) for x in (0.1834, 0.0183, 0.00424, 0.0)]
    ['18.3 %', '1.83 %', '0.42 %', '0 %']
    """
    size = abs(100 * value)
    if not math.isfinite(size):
        return "not known" if math.isnan(size) else "unbounded"
    if size == 0 or size >= 9.95:
        return f"{100 * value:.{int(fine and size > 0)}f} %"
    if size >= 0.995:
        return f"{100 * value:.{1 + fine}f} %"
    digits = 1 - math.floor(math.log10(size))
    return f"{100 * value:.{digits if digits <= SMALL else 2}f} %"


def level_text(level: float) -> str:
    """A fraction that somebody asked for, with all its digits.

    Examples
    --------
    >>> level_text(0.975), level_text(-0.3)
    ('97.5 %', '-30 %')
    """
    return f"{100 * level:.10g} %"


def interval_text(interval: Sequence[float], fine: bool = False) -> str:
    """An interval of fractions; an end that nothing bounds is said in words.

    Examples
    --------
    >>> interval_text((0.12, 0.18)), interval_text((0.12, float("inf"))), interval_text((-float("inf"), float("inf")))
    ('12 % to 18 %', '12 % or more', 'not known')
    """
    low, high = interval
    if math.isfinite(low) and math.isfinite(high):
        return f"{percent(low, fine)} to {percent(high, fine)}"
    if math.isfinite(low):
        return f"{percent(low, fine)} or more"
    return f"{percent(high, fine)} or less" if math.isfinite(high) else "not known"


def span(paths: Paths, n_steps: int | None = None) -> str:
    """How long paths are: ``"63 days"``; in steps where their dates do not tell."""
    n = paths.n_steps if n_steps is None else n_steps
    unit = step_word(paths)
    return f"{n:,} {unit}{'' if n == 1 else 's'}"


def step_word(paths: Paths) -> str:
    """What a step is: a day, a week, a month ..., or just a step."""
    if paths.dates is None or len(paths.dates) < 2:
        return "step"
    days = float(np.median(np.diff(paths.dates) / np.timedelta64(1, "D")))
    return next((name for name, low, high in UNITS if low <= days <= high), "step")


def summarise(result: StressResult) -> Iterator[str]:
    """The sentences of a scenario, the most important first.

    Parameters
    ----------
    result : StressResult

    Yields
    ------
    str
    """
    if result.kind == "replay":
        yield _replayed(result)
    elif result.kind == "reverse" and result.reverse is not None:
        yield from _reversed(result)
    else:
        yield from _expected(result)
    for view in result.views:
        yield f"View: {view.text}; {view.before:.4g} before, {view.after:.4g} with it."
    if result.views:
        yield f"Then the {len(result.paths):,} paths have an effective sample size of {_size(result.paths)}."
    if result.event is not None and result.kind != "reverse":
        yield event_sentence(result.event, len(result.paths))


def event_sentence(event: Event, n_paths: int) -> str:
    """How likely an event is by itself, on what that rests, and what n_paths conditioned paths are worth."""
    worth = f"The {n_paths:,} conditioned paths have an effective sample size of {event.effective_size:,.0f}."
    if not math.isfinite(event.probability):
        return f"How likely that is by itself the model does not know. {worth}"
    counted = f"counted on {event.n_unguided:,} free paths"
    if event.probability * event.n_unguided < 0.5:
        most = percent(event.interval[1])
        return (
            f"By itself the event ({event.text}) has a probability of {most} or less, {counted}: none of them does it. "
            f"{worth}"
        )
    return (
        f"By itself the event ({event.text}) has a probability of {percent(event.probability)} (95 % interval "
        f"{interval_text(event.interval)}), {counted}. {worth}"
    )


def _expected(result: StressResult) -> Iterator[str]:
    """Mean and the usual range, then the bad one of twenty."""
    leads = {"unstressed": "Unstressed", "views": f"Under {result.description}"}
    lead = leads.get(result.kind, f"If {result.description}")
    outcome = result.outcome
    horizon = f" over {span(result.paths)}" if result.kind in leads else ""
    usual = _between(outcome.low, outcome.high)
    yield f"{lead}, the portfolio {_verb(outcome.mean)} on average{horizon} (90 % of cases: {usual})."
    if result.paths.effective_size < SURE:
        return
    if outcome.high > 0:
        then = f"then {percent(outcome.beyond)} on average"
        yield f"In one of twenty cases it loses more than {percent(outcome.high)}: {then}."
    else:
        yield f"In one of twenty cases it gains less than {percent(-outcome.high)}."


def _replayed(result: StressResult) -> str:
    worst = result.risk.worst
    loss, deepest = float(worst.losses[0]), -float(worst.drawdowns[0])
    done = "lost" if loss > 0 else "gained"
    text = f"{result.description} replayed: the portfolio would have {done} {percent(abs(loss))}"
    if deepest <= 0:
        return f"{text}, without any fall on the way."
    when = f"step {int(worst.troughs[0])}" if worst.dates is None else str(worst.dates[0].astype("datetime64[D]"))
    return f"{text}; its deepest fall on the way was {percent(deepest)}, and it was worth the least on {when}."


def _reversed(result: StressResult) -> Iterator[str]:
    found, event = result.reverse, result.event
    assert found is not None
    if event is not None:
        yield (
            f"{result.description[:1].upper()}{result.description[1:]}: the probability is "
            f"{percent(event.probability)} (95 % interval {interval_text(event.interval)}), counted on "
            f"{event.n_unguided:,} free paths."
        )
    ways = found.scenarios
    if len(ways) == 1:
        yield f"It comes about in one way: on average {asset_moves(found.assets, ways[0].mean_returns, result)}."
        return
    shown = [
        f"{percent(share)} of such paths {asset_moves(found.assets, way.mean_returns, result)}"
        for way, share in zip(ways[:MOST_WAYS], result.shares, strict=False)
    ]
    more = "" if len(ways) <= MOST_WAYS else f"; and {len(ways) - MOST_WAYS} more"
    yield f"It comes about in {len(ways)} ways, on average: {'; '.join(shown)}{more}."


def asset_moves(assets: Sequence[str], returns: Any, result: StressResult) -> str:
    """What the assets that matter the most to the portfolio do, in a few words."""
    held = [abs(result.portfolio.get(name, 0.0) * float(move)) for name, move in zip(assets, returns, strict=True)]
    order = sorted(range(len(assets)), key=lambda j: -held[j])[:MOST_ASSETS]
    kinds = dict(zip(result.paths.assets, result.paths.kinds, strict=True))
    return ", ".join(move_text(assets[j], float(returns[j]), kinds.get(assets[j], "return")) for j in order)


def move_text(name: str, move: float, kind: str = "return") -> str:
    """An asset and what it has returned.

    Examples
    --------
    >>> move_text("SPX", -0.3), move_text("US10Y", 1.25, "difference")
    ('SPX -30 %', 'US10Y +1.25')
    """
    sign = "+" if move > 0 else ""
    return f"{name} {sign}{percent(move)}" if kind == "return" else f"{name} {move:+.4g}"


def _size(paths: Paths) -> str:
    return f"{paths.effective_size:,.0f}"


def _verb(loss: float) -> str:
    return f"{'loses' if loss > 0 else 'gains'} {percent(abs(loss))}"


def _between(low: float, high: float) -> str:
    """Two losses, the smaller first; the word for what both are is not said twice."""
    if low >= 0 or high <= 0:
        word = "losses" if high > 0 else "gains"
        first, second = sorted((abs(low), abs(high)))
        return f"{word} of {percent(first)} to {percent(second)}"
    return f"from a gain of {percent(-low)} to a loss of {percent(high)}"

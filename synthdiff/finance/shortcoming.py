"""Where a model is behind its challengers, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from scipy.special import bdtrc

from synthdiff.evaluation.evidence import listed
from synthdiff.evaluation.report import Finding
from synthdiff.finance.backtest import Backtest, RiskResult
from synthdiff.finance.candidate import Candidate, Estimate, difference
from synthdiff.finance.comparison import Difference

if TYPE_CHECKING:
    from synthdiff.finance.validation import Validation

MEANS = {
    "mean": "stylised facts of single assets",
    "cross_mean": "stylised facts across assets",
}
NOISE = 1.0
"""A fact up to here is as near as another history would be: whoever is nearer still has no merit by it."""
COPIED = 0.01
CLOSE = 0.02
"""How much closer to the history than its own windows paths may be."""
REJECTED, MOST = 0.05, 5
TESTS = {
    "Kupiec": lambda risk: risk.coverage.kupiec.p_monte_carlo,
    "Christoffersen": lambda risk: risk.coverage.conditional.p_monte_carlo,
    "dynamic quantile": lambda risk: risk.coverage.dynamic_quantile.p_monte_carlo,
    "Acerbi-Szekely Z1": lambda risk: risk.shortfall.z1.p_monte_carlo,
    "Acerbi-Szekely Z2": lambda risk: risk.shortfall.z2.p_monte_carlo,
}
"""p-values of the tests of value at risk and expected shortfall."""


def judge(validation: Validation) -> tuple[Finding, ...]:
    """Say where the model is behind, and where it is ahead.

    Behind is a difference whose whole 95 % interval lies on the wrong side, over seeds or over days; a test that
    rejects at 5 %, over many assets more often than chance does; anything that paths copy; single assets and pairs that
    leave the history's noise in the paths of every seed.

    Returns
    -------
    tuple of Finding
        The first one sums up.
    """
    behind = [
        *_memory(validation.model),
        *_means(validation),
        *_facts(validation),
        *_outlying(validation.model),
        *_drawdowns(validation),
        *_risks(validation),
        *_forecasts(validation),
    ]
    ahead = [text for other in validation.challengers if (text := _ahead(validation.model, other))]
    return (
        _summary(validation, bool(behind)),
        *(Finding("warning", text) for text in behind),
        *(Finding("good", text) for text in ahead),
    )


def _summary(validation: Validation, is_behind: bool) -> Finding:
    name, n = validation.model.name, len(validation.challengers)
    others = f"{n} challenger{'' if n == 1 else 's'}"
    if is_behind:
        return Finding("warning", f"Where {name} falls short, beside {others}:")
    return Finding("good", f"{name} is nowhere measurably behind, beside {others}.")


def _memory(model: Candidate) -> Iterator[str]:
    copies, near = model.estimate("copies").value, model.estimate("novelty").value
    real = model.reports[0].novelty_real
    if copies > 0:
        yield f"It copies: {copies:.1%} of the ten-step stretches of its paths occur to the digit in the history."
    elif near > real + CLOSE:
        yield f"Its paths come closer to the history ({near:.2f}) than the history's own windows do ({real:.2f})."


def _means(validation: Validation) -> Iterator[str]:
    model = validation.model
    for name, words in MEANS.items():
        for other in validation.challengers:
            apart = difference(model, other, name)
            if apart.is_above_zero and apart.interval is not None:
                low, high = apart.interval
                yield (
                    f"{other.name} is closer in the {words}: {other.estimate(name).value:.2f} against "
                    f"{model.estimate(name).value:.2f} (by {apart.value:.2f}, {low:.2f} to {high:.2f}).{_caveat(other)}"
                )
    if validation.drift is not None and model.estimate("mean").value > validation.drift.mean:
        yield (
            f"The market's own earlier windows are closer to the later ones ({validation.drift.mean:.2f}) than the "
            f"paths are ({model.estimate('mean').value:.2f})."
        )


def _caveat(other: Candidate) -> str:
    copies = other.estimate("copies").value
    return f" It copies {copies:.0%} of its ten-step stretches from the history." if copies > COPIED else ""


def _facts(validation: Validation) -> Iterator[str]:
    """Facts further off than another history, in which a challenger is closer."""
    model, found = validation.model, []
    for name in (*model.facts, *(name for name in model.more if not name.startswith("drift"))):
        ours = model.estimate(name).value
        closer = [other for other in validation.challengers if difference(model, other, name).is_above_zero]
        if ours > NOISE and closer:
            best = min(closer, key=lambda other: other.estimate(name).value)
            more = f" and {len(closer) - 1} more" if len(closer) > 1 else ""
            found.append((ours, f"{name} {ours:.2f} ({best.name} {best.estimate(name).value:.2f}{more})"))
    if found:
        texts = [text for _, text in sorted(found, reverse=True)]
        yield f"Further off than another history would be, and others are closer: {', '.join(texts)}."


def _outlying(model: Candidate) -> Iterator[str]:
    """Assets and pairs that are told by name, the furthest off of each fact."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in model.outlying:
        rows.setdefault(row["fact"], []).append(row)
    for first, *others in rows.values():
        also = f" The same is off for {listed([row['name'] for row in others])}." if others else ""
        yield f"{first['text']}{also}"


def _drawdowns(validation: Validation) -> Iterator[str]:
    model = validation.model
    ours = model.estimate("outside").value
    fewer = [
        f"{other.name} at {other.estimate('outside').value:.3g}"
        for other in validation.challengers
        if _is_more(difference(model, other, "outside"))
    ]
    if fewer:
        yield (
            f"Drawdowns are outside of the history's band at {ours:.3g} of {model.n_depths} depths; "
            f"{listed(fewer, MOST)}."
        )


def _is_more(apart: Estimate) -> bool:
    """Whether a count is larger, beyond what seeds do where there are several."""
    return apart.value > 0 and (apart.interval is None or apart.is_above_zero)


def _risks(validation: Validation) -> Iterator[str]:
    """Tests that reject the model's value at risk or expected shortfall, by level."""
    tested = validation.model.backtest
    for level in () if tested is None else tested.plan.levels:
        assert tested is not None
        tests = [test for test in TESTS if is_rejected(tested, test, level)]
        if not tests:
            continue
        passing = [
            other.name
            for other in validation.challengers
            if other.backtest is not None and not any(is_rejected(other.backtest, test, level) for test in tests)
        ]
        others = f"not rejected by these: {listed(passing, MOST)}" if passing else "so is every challenger by some"
        by = ", ".join(f"{test} ({_evidence(tested, test, level)})" for test in tests)
        yield f"Its risk of one day at {level:.4g} is rejected by {by}; {_counts(tested, level)}; {others}."


def risks_at(backtest: Backtest, level: float) -> list[RiskResult]:
    """Results of all series at a level."""
    return [risk for risk in backtest.risks if risk.level == level]


def p_values(backtest: Backtest, test: str, level: float) -> list[float]:
    """p-values of one of `TESTS`, one a series; NaN where there is nothing to test."""
    return [TESTS[test](risk) for risk in risks_at(backtest, level)]


def is_rejected(backtest: Backtest, test: str, level: float) -> bool:
    """Whether a test rejects at 5 %: of many series, more of them than chance would, if they were independent."""
    values = p_values(backtest, test, level)
    n_rejected = sum(p < REJECTED for p in values)
    return n_rejected > 0 and bool(bdtrc(n_rejected - 1, len(values), REJECTED) < REJECTED + 1e-12)


def _evidence(backtest: Backtest, test: str, level: float) -> str:
    values = p_values(backtest, test, level)
    if len(values) > 1:
        return f"{sum(p < REJECTED for p in values)} of {len(values)} assets"
    return f"p = {values[0]:.3f}"


def _counts(backtest: Backtest, level: float) -> str:
    coverage = [risk.coverage for risk in risks_at(backtest, level)]
    n_exceptions, n_expected = sum(c.n_exceptions for c in coverage), sum(c.n_expected for c in coverage)
    return f"{n_exceptions:,} exceptions, {n_expected:,.0f} expected"


def overall(candidate: Candidate) -> Sequence[Difference]:
    """Differences of CRPS with the first candidate, over all series, one a horizon."""
    if candidate.comparison is None:
        return ()
    names = {d.name for d in candidate.comparison.differences}
    return [d for d in candidate.comparison.differences if len(names) == 1 or d.name == "all"]


def _forecasts(validation: Validation) -> Iterator[str]:
    for other in validation.challengers:
        behind = [d for d in overall(other) if d.mean.interval[0] > 0]
        if behind:
            yield f"{other.name} forecasts better by CRPS over {_days(behind)}."


def _days(differences: Sequence[Difference]) -> str:
    """Horizons, and by how much the model differs."""
    return listed([f"{d.horizon} day{'' if d.horizon == 1 else 's'} ({d.relative:+.1%})" for d in differences], MOST)


def _ahead(model: Candidate, other: Candidate) -> str:
    """In what the model is measurably ahead of a challenger."""
    found = []
    for name, words in MEANS.items():
        apart = difference(model, other, name)
        if apart.is_below_zero:
            found.append(f"{words} ({model.estimate(name).value:.2f} against {other.estimate(name).value:.2f})")
    better = [d for d in overall(other) if d.mean.interval[1] < 0]
    if better:
        found.append(f"CRPS over {_days(better)}")
    return f"Ahead of {other.name}: {', '.join(found)}." if found else ""

"""The report on market paths as one HTML file that opens anywhere, without a network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from synthdiff.evaluation.document import Panel, described, render_page
from synthdiff.evaluation.stylized.figure import (
    curve_figure,
    drawdown_figure,
    example_figures,
    matrix_figures,
    quantile_figure,
    return_figures,
    score_figure,
    share_figure,
    survival_figure,
)
from synthdiff.evaluation.stylized.report import SeriesReport
from synthdiff.evaluation.stylized.tally import BAD, GOOD
from synthdiff.score import Score

N_FIRST = 3
"""Assets drawn at once; the others are drawn when a reader asks for them."""
ENDS = {"worst": "wrong from", "floor": "shuffled", "ceiling": "another history"}
MEMORY_ENDS = {"worst": "a copy", "ceiling": "real windows", "floor": "shuffled"}
GROUPS = {
    "facts": ("Facts of single assets", "Mean over assets. Shuffled: the history's steps in random order."),
    "cross": ("Facts across assets", "Shuffled: each asset from another time."),
    "extra": (
        "Drift, zero returns, volume, bars and the clock",
        "Mean over the assets that have them, apart from the mean score. Shuffled: steps in random order.",
    ),
    "memory": ("Memory", "Whether paths repeat the history."),
}
CURVES = {
    "volatility clustering": "Memory of volatility",
    "autocorrelation": "Memory of returns",
    "leverage": "Volatility after losses and gains",
}
SIDES = {"real": "history", "synthetic": "paths", "difference": "paths − history"}


def render_html(report: SeriesReport) -> str:
    """Render the report as one HTML page, see `render_page`."""
    assets = report.pictures.get("assets", [])
    return render_page(
        "series.html.j2",
        _panels(report.pictures),
        report=report,
        groups=GROUPS,
        parts={part: by_name(getattr(report, part)) for part in GROUPS},
        ends=ENDS,
        memory_ends=MEMORY_ENDS,
        overline=_overline(report.about),
        cards=list(_cards(report)),
        assets=[
            {"key": f"asset-{k}", "name": asset["name"], "score": asset["score"]} for k, asset in enumerate(assets)
        ],
        n_assets=report.pictures.get("n_assets", 0),
        n_first=N_FIRST,
        facts=list(described(report.about)),
        good=GOOD,
        bad=BAD,
    )


def _panels(pictures: dict[str, Any]) -> dict[str, list[Panel]]:
    """The figures of each section: one section for each asset, and those of all together."""
    found = {f"asset-{k}": list(_asset_panels(k, asset)) for k, asset in enumerate(pictures.get("assets", []))}
    found["scores"] = (
        [Panel("scores", "Score of each asset", score_figure(pictures["scores"]))] if "scores" in pictures else []
    )
    cross = pictures.get("cross", {})
    for key, signed in (("correlation", True), ("falls", False)):
        figures = matrix_figures(cross["names"], cross[key], signed) if key in cross else {}
        found[key] = [Panel(f"{key}-{side}", SIDES[side].capitalize(), figure) for side, figure in figures.items()]
    return found


def _asset_panels(k: int, asset: dict[str, Any]) -> Iterator[Panel]:
    curves, kind = dict(asset["curves"]), asset["kind"]
    for side, figure in example_figures(asset["paths"], kind).items():
        yield Panel(f"asset-{k}-paths-{side}", f"Examples: {SIDES[side]}", figure)
    yield Panel(f"asset-{k}-tails", "Tails: losses, gains dotted", survival_figure(asset["tails"]))
    for side, figure in return_figures(asset["returns"]).items():
        yield Panel(f"asset-{k}-returns-{side}", f"Their returns: {SIDES[side]}", figure)
    for place, (name, title) in enumerate(CURVES.items()):
        yield Panel(f"asset-{k}-curve-{place}", title, curve_figure(curves.pop(name)))
    yield Panel(f"asset-{k}-quantiles", "Quantiles", quantile_figure(asset["quantiles"]))
    yield Panel(f"asset-{k}-drawdown", "Maximum drawdown", drawdown_figure(asset["drawdown"], kind))
    curves.pop("max drawdown")
    volatility = share_figure(curves.pop("realised volatility"), "volatility of a step, %", 100 * asset["scale"], True)
    yield Panel(f"asset-{k}-volatility", "Realised volatility", volatility)
    ends = share_figure(curves.pop("terminal return"), "whole return / √steps, in deviations")
    yield Panel(f"asset-{k}-ends", "Where paths end", ends)
    for place, (name, curve) in enumerate(curves.items()):
        title = name[:1].upper() + name[1:]
        yield Panel(f"asset-{k}-more-{place}", title, curve_figure(curve, curve.get("values", "correlation")))


def _cards(report: SeriesReport) -> Iterator[dict[str, str]]:
    """The few numbers that sum up."""

    def interval(values: tuple[float, float] | None) -> str:
        return "" if values is None else f" 95 % interval {values[0]:.2f} to {values[1]:.2f}."

    yield {
        "title": "Distance",
        "href": "facts",
        "big": f"{report.mean:.2f}",
        "text": f"Mean over the facts; another history would score 1.{interval(report.mean_interval)}",
    }
    right = report.below(GOOD)
    text = f"Facts that score below {GOOD:g}."
    yield {"title": "Right", "href": "facts", "big": f"{right} of {len(report.facts)}", "text": text}
    if report.cross_mean is not None:
        text = f"The same for what assets do together.{interval(report.cross_mean_interval)}"
        yield {"title": "Across assets", "href": "cross", "big": f"{report.cross_mean:.2f}", "text": text}
    if report.memory:
        text = (
            f"Stretches copied to the digit. Closest window: {report.novelty:.2f}, of real windows "
            f"{report.novelty_real:.2f}."
        )
        yield {"title": "Copies", "href": "memory", "big": f"{report.copies:.1%}", "text": text}


def _overline(about: dict[str, Any]) -> str:
    """What was compared, in a line."""
    words = ["Market paths report"]
    for key, unit in (("paths", "paths"), ("steps of a path", "steps each"), ("steps", "steps of history")):
        if key in about:
            words.append(f"{about[key]:,} {unit}")
    assets = about.get("assets", [])
    return " · ".join([*words, *([f"{len(assets):,} assets"] if len(assets) > 1 else [])])


def by_name(scores: dict[str, Score]) -> list[Score]:
    """Scores, the worst first."""
    return sorted(scores.values(), key=lambda score: -(score.value or 0.0))

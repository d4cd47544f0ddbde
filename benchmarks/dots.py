"""The picture of a comparison: a row of panels for each table, a line for each generator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.comparison import Comparison, cost, half_width, middle
from benchmarks.generator import GENERATORS, HELD_OUT, OURS, REFERENCES

_PANELS = (
    ("gbt_auc", "told from held-out rows by boosted trees\n(AUC, .5 is best)", (0.47, 1.02)),
    ("xgb_c2st", "XGBoost detection test\n(1 is best)", (-0.03, 1.04)),
    ("trend", "association of all pairs\n(1 is best)", None),
)
_OURS, _RIVAL, _REAL = "#0b6e4f", "#4a5568", "#a0aec0"
_TITLES = {"argn": "TabularARGN", "tvae": "TVAE", "ctgan": "CTGAN", "copula": "Gaussian copula"}
_TITLES |= {"marginals": "independent columns", "half/half": "real half", HELD_OUT: "real held-out"}


def title_of(generator: str) -> str:
    """A generator's name for readers."""
    return _TITLES.get(generator, generator)


def draw(comparison: Comparison, path: Path) -> None:
    """Write the picture as PNG."""
    data = comparison.names("data")
    generators = comparison.names("generator", [*GENERATORS, *REFERENCES])
    height = len(data) * (0.55 + 0.27 * len(generators)) + 0.9
    with matplotlib.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(12, height), layout="constrained")
        grid: Any = figure.subplots(len(data), len(_PANELS) + 1, sharey="row", squeeze=False)
        for axes, name in zip(grid, data, strict=True):
            for axis, (score, _, limits) in zip(axes, _PANELS, strict=False):
                _score_panel(axis, comparison, name, generators, score)
                if limits:
                    axis.set_xlim(*limits)
            _time_panel(axes[-1], comparison, name, generators)
            _name_lines(axes[0], comparison, name, generators)
        for axis, text in zip(grid[0], [*(panel[1] for panel in _PANELS), "seconds of the fit"], strict=True):
            axis.set_title(text, fontsize=9, pad=10)
        figure.savefig(path, dpi=150)


def _score_panel(axis: Axes, comparison: Comparison, data: str, generators: list[str], score: str) -> None:
    for line, generator in enumerate(generators):
        rows = comparison.of(data, generator)
        value = middle(rows, score)
        if value is None:
            axis.text(0.02, line, _absence(rows), transform=axis.get_yaxis_transform(), va="center", color=_REAL)
            continue
        colour = _colour(generator)
        axis.errorbar(value, line, xerr=half_width(rows, score), color=colour, fmt="none", elinewidth=1.4, capsize=2)
        face = "white" if generator in REFERENCES else colour
        axis.plot(value, line, "o", color=colour, markerfacecolor=face, markersize=6.5, zorder=3)
    ceiling = middle(comparison.of(data, HELD_OUT), score)
    if ceiling is not None:
        axis.axvline(ceiling, color=_REAL, linestyle="--", linewidth=1, zorder=0)
    axis.tick_params(axis="y", length=0)
    axis.grid(axis="y", color="#edf2f7")
    axis.set_axisbelow(True)


def _time_panel(axis: Axes, comparison: Comparison, data: str, generators: list[str]) -> None:
    longest = 1.0
    for line, generator in enumerate(generators):
        seconds = cost(comparison.of(data, generator), "fit_seconds")
        if seconds is None:
            continue
        longest = max(longest, seconds)
        axis.barh(line, seconds, height=0.55, color=_colour(generator))
        axis.annotate(f"{seconds:,.0f}", (seconds, line), (3, 0), textcoords="offset points", va="center", fontsize=8)
    axis.tick_params(axis="y", length=0)
    axis.set_xlim(0, 1.18 * longest)


def _name_lines(axis: Axes, comparison: Comparison, data: str, generators: list[str]) -> None:
    axis.set_yticks(np.arange(len(generators)), [title_of(name) for name in generators])
    axis.set_ylim(len(generators) - 0.4, -0.6)
    for label, name in zip(axis.get_yticklabels(), generators, strict=True):
        label.set_color(_colour(name) if name not in REFERENCES else _RIVAL)
        label.set_fontweight("bold" if name == OURS else "normal")
    axis.set_ylabel(data, fontweight="bold", fontsize=10)


def _absence(rows: list[dict[str, Any]]) -> str:
    return "failed" if any("failed" in row for row in rows) else ""


def _colour(generator: str) -> str:
    if generator == OURS:
        return _OURS
    return _REAL if generator in REFERENCES else _RIVAL

"""The picture of ``synthdiff demo --series``: fans of the paths, and facts of the history beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator

from synthdiff.cli.canvas import save_picture
from synthdiff.data.market import Market
from synthdiff.data.pathplot import BANDS, SHADES
from synthdiff.data.quantile import weighted_quantiles

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from synthdiff.data.paths import Paths
    from synthdiff.evaluation.stylized.report import SeriesReport

REAL, SYNTHETIC = "#4c566a", "#d08020"
MOST = 4
"""Assets that are drawn."""
SHOWN_YEARS = 2
DPI = 110
SIZES = (1, 2, 4, 8)
CURVES = {"volatility clustering": "|return| and |return| later", "leverage": "return and volatility later"}


def draw_market(market: Market, paths: Paths, report: SeriesReport, place: Path, force: bool = True) -> None:
    """Save a PNG: a column an asset, with its fan over its history, its memory, its tails and its drawdowns.

    Parameters
    ----------
    market : Market
        The history.
    paths : Paths
        Its simulated continuations.
    report : SeriesReport
        The scores of the paths, with pictures.
    place : Path
        The file.
    force : bool
        Whether to replace an existing file; True by default.

    Raises
    ------
    ConfigError
        The path is no place for a file, or a file is there and `force` is not set.
    DataError
        The file cannot be written.
    """
    pictures = {asset["name"]: asset for asset in report.pictures["assets"]}
    names = [name for name in paths.assets if name in pictures][:MOST]
    rows: list[Callable[[Axes, str], None]] = [
        lambda axis, name: draw_fan(axis, market, paths, name),
        *(lambda axis, name, fact=fact: draw_curve(axis, pictures[name]["curves"][fact]) for fact in CURVES),
        lambda axis, name: draw_tails(axis, pictures[name]["tails"]),
        lambda axis, name: draw_drawdown(axis, pictures[name]["drawdown"]),
    ]
    labels = ["price", *CURVES.values(), "days with more", "share of years"]
    heights = [1.5, *[1] * (len(rows) - 1)]
    figure = Figure(figsize=(0.6 + 3.5 * len(names), 11), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(rows), len(names), squeeze=False, height_ratios=heights, sharey="row")
    for row, (draw, label) in enumerate(zip(rows, labels, strict=True)):
        for column, name in enumerate(names):
            axis = axes[row, column]
            draw(axis, name)
            axis.tick_params(labelsize=7)
            axis.spines[["top", "right"]].set_visible(False)
            if column == 0:
                axis.set_ylabel(label, fontsize=8)
            if row == 0:
                axis.set_title(name, fontsize=10)
    figure.legend(handles=_swatches(), loc="outside upper right", ncols=3, frameon=False, fontsize=9)
    save_picture(figure, place, DPI, force)


def draw_fan(axis: Axes, market: Market, paths: Paths, name: str) -> None:
    """Draw the last years of the history, and bands and median of the paths."""
    column, past = paths.names.index(name), market.values[-SHOWN_YEARS * paths.n_steps :, market.names.index(name)]
    levels = sorted({0.5, *(level for band in BANDS for level in band)})
    lines = dict(zip(levels, weighted_quantiles(paths.values[:, :, column], paths.weights, levels), strict=True))
    coming = np.arange(1, paths.n_steps + 1) / paths.n_steps
    for (low, high), shade in zip(BANDS, SHADES, strict=True):
        axis.fill_between(coming, lines[low], lines[high], color=SYNTHETIC, alpha=shade, linewidth=0)
    axis.plot(coming, lines[0.5], color=SYNTHETIC, linewidth=1.4)
    axis.plot(np.arange(1 - len(past), 1) / paths.n_steps, past, color=REAL, linewidth=0.9)
    axis.set_yscale("log")
    axis.yaxis.set_major_locator(MaxNLocator(5))
    axis.yaxis.set_major_formatter("{x:g}")
    axis.yaxis.set_minor_locator(NullLocator())
    axis.set_xlabel("years", fontsize=7)


def draw_curve(axis: Axes, curve: Mapping[str, Any]) -> None:
    """Draw a fact by its lag: the history with its 90 % band, and the paths."""
    axis.fill_between(curve["x"], curve["low"], curve["high"], color=REAL, alpha=0.2, linewidth=0)
    axis.plot(curve["x"], curve["real"], color=REAL, linewidth=1.1)
    axis.plot(curve["x"], curve["synthetic"], color=SYNTHETIC, linewidth=1.4)
    axis.axhline(0, color="#888888", linewidth=0.5)
    axis.set_xlabel(curve["words"], fontsize=7)


def draw_tails(axis: Axes, tails: Mapping[str, Any]) -> None:
    """Draw how probable losses and gains (dotted) beyond a size are, on logarithmic axes."""
    for key, color in (("real", REAL), ("synthetic", SYNTHETIC)):
        for side, style in (("losses", "-"), ("gains", ":")):
            axis.plot(tails[key][side], tails[key]["share"], style, color=color, linewidth=1.2)
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xticks(SIZES, [str(size) for size in SIZES])
    axis.xaxis.set_minor_locator(NullLocator())
    axis.set_xlabel("standard deviations (gains dotted)", fontsize=7)


def draw_drawdown(axis: Axes, picture: Mapping[str, Any]) -> None:
    """Draw the share of paths that fall by a depth: the history with its 90 % band, and the paths."""
    depth = 100 * np.asarray(picture["depth"])
    axis.fill_between(depth, picture["low"], picture["high"], color=REAL, alpha=0.2, linewidth=0)
    axis.plot(depth, picture["real"], color=REAL, linewidth=1.1)
    axis.plot(depth, picture["synthetic"], color=SYNTHETIC, linewidth=1.4)
    axis.set_xlabel("maximum drawdown of at least, %", fontsize=7)


def _swatches() -> list[Any]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    return [
        Line2D([], [], color=REAL, label="history"),
        Patch(color=REAL, alpha=0.2, label="its own noise, 90 %"),
        Line2D([], [], color=SYNTHETIC, label="paths"),
    ]

"""A picture of real beside synthetic: every column overlaid, and the associations of all pairs."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from synthdiff.cli.canvas import save_picture
from synthdiff.cli.comparison import LEVEL_KINDS, NUMBER_KINDS, associations, level_shares, numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

REAL, SYNTHETIC = "#4c566a", "#d08020"
ACROSS = 4
DPI = 110
N_BARS = 8
N_HISTOGRAM_BINS = 40


def draw_comparison(real: pa.Table, synthetic: pa.Table, kinds: dict[str, str], path: Path, force: bool = True) -> None:
    """Save a PNG: one panel a column with both distributions, then both tables' associations and their difference.

    Parameters
    ----------
    real, synthetic : pyarrow.Table
        Tables with the same columns.
    kinds : dict of str to str
        The kind of each column; those that are not learnt (identifiers, text) are left out.
    path : Path
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
    shown = {name: kind for name, kind in kinds.items() if kind in NUMBER_KINDS | LEVEL_KINDS}
    panel_rows = math.ceil(len(shown) / ACROSS)
    figure = Figure(figsize=(3.2 * ACROSS, 2.2 * panel_rows + 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    upper, lower = np.ravel(figure.subfigures(2, 1, squeeze=False, height_ratios=[2.2 * panel_rows, 4.6]))
    axes = list(upper.subplots(panel_rows, ACROSS, squeeze=False).flat)
    for axis, (name, kind) in zip(axes, shown.items(), strict=False):
        draw_column(axis, kind, real[name], synthetic[name])
        axis.set_title(name, fontsize=9)
    for axis in axes[len(shown) :]:
        axis.axis("off")
    upper.legend(handles=_swatches(), loc="outside upper right", ncols=2, frameon=False, fontsize=9)
    draw_associations(lower, shown, real, synthetic)
    save_picture(figure, path, DPI, force)


def draw_column(axis: Axes, kind: str, real: pa.ChunkedArray, synthetic: pa.ChunkedArray) -> None:
    """Overlay a column's two distributions: outlines of histograms, or bars of the most frequent levels."""
    axis.tick_params(labelsize=7)
    axis.spines[["top", "right"]].set_visible(False)
    axis.set_yticks([])
    if kind in LEVEL_KINDS:
        _draw_bars(axis, real, synthetic)
    else:
        _draw_histograms(axis, real, synthetic)


def draw_associations(figure: Any, kinds: dict[str, str], real: pa.Table, synthetic: pa.Table) -> None:
    """Three heatmaps: the associations of the real table, of the synthetic one, and how far they are apart."""
    of_real, of_synthetic = associations(kinds, real, synthetic)
    gap = np.abs(of_real - of_synthetic)
    pairs = gap[np.tril_indices_from(gap, -1)]
    titles = ("real", "synthetic", f"difference, mean {pairs.mean():.3f}" if pairs.size else "difference")
    figure.suptitle("Association of each pair of columns (Cramer's V)", fontsize=10)
    for axis, matrix, title in zip(figure.subplots(1, 3), (of_real, of_synthetic, gap), titles, strict=True):
        axis.imshow(matrix, vmin=0, vmax=1, cmap="Blues" if matrix is not gap else "Reds")
        axis.set_title(title, fontsize=9)
        axis.set_xticks(range(len(kinds)), list(kinds), rotation=90, fontsize=6)
        axis.set_yticks(range(len(kinds)), list(kinds) if matrix is of_real else [], fontsize=6)


def _draw_histograms(axis: Axes, real: pa.ChunkedArray, synthetic: pa.ChunkedArray) -> None:
    edges = _edges(numbers(real), whole=pa.types.is_integer(real.type))
    for array, color, alpha in ((real, REAL, 0.35), (synthetic, SYNTHETIC, 0.0)):
        share = _histogram(numbers(array), edges)
        axis.stairs(share, edges, color=color, linewidth=1.3)
        axis.stairs(share, edges, color=color, fill=True, alpha=alpha)
    axis.locator_params(axis="x", nbins=4)
    if pa.types.is_date(real.type) or pa.types.is_timestamp(real.type):
        axis.xaxis.set_major_formatter(lambda days, _: str(np.datetime64(int(days), "D"))[:7])


def _edges(values: NDArray[np.float64], whole: bool) -> NDArray[np.float64]:
    """Equal bins over all but the outermost values; as many whole numbers in each, where all are whole."""
    low, high = np.nanquantile(values, [0.005, 0.995])
    if not whole:
        return np.linspace(low, high if high > low else low + 1.0, N_HISTOGRAM_BINS + 1)
    width = max(1.0, np.ceil((high - low) / N_HISTOGRAM_BINS))
    return np.arange(low - 0.5, high + 0.5 + width, width)


def _histogram(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    counts, _ = np.histogram(values[np.isfinite(values)], edges)
    return counts / max(len(values), 1)


def _draw_bars(axis: Axes, real: pa.ChunkedArray, synthetic: pa.ChunkedArray) -> None:
    shares, other = level_shares(real), level_shares(synthetic)
    names = list(shares)[:N_BARS]
    places = np.arange(len(names))
    axis.bar(places - 0.2, [shares[name] for name in names], 0.4, color=REAL, alpha=0.6)
    axis.bar(places + 0.2, [other.get(name, 0.0) for name in names], 0.4, color=SYNTHETIC)
    axis.set_xticks(places, [name[:10] for name in names], rotation=30 if len(names) > 3 else 0, fontsize=6)


def _swatches() -> list[Any]:
    from matplotlib.patches import Patch

    return [Patch(color=REAL, alpha=0.6, label="real"), Patch(color=SYNTHETIC, label="synthetic")]

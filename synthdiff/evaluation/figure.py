"""Figures of a report as plotly reads them; colours are names of CSS variables, which the page knows by its theme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from synthdiff.evaluation.axis import ColumnAxis, escaped, label, labels

Figure = dict[str, Any]
"""``data`` and ``layout``."""
REAL, SYNTHETIC, HOLDOUT = "--real", "--synthetic", "--holdout"
WORDS = {"real": "real", "synthetic": "synthetic", "holdout": "held out"}
SEQUENTIAL = [[0, "--low"], [0.5, "--middle"], [1, "--high"]]
DIVERGING = [[0, "--less"], [0.25, "--less-soft"], [0.5, "--same"], [0.75, "--more-soft"], [1, "--more"]]
VISIBLE = 5e-4
"""Share from which what lies outside of all bins is drawn."""
TOWERING, CUT = 4.0, 1.5
MAX_TICKED = 32
LOW, HIGH, N_LOW = 190, 438, 9
"""Heights of a column's figure in pixels: two low ones with their frames are as high as a high one, which shows more
levels than `N_LOW`."""
LEAST_SLOTS = 4
"""Few levels do not get bars broader than these many would have."""
MATRIX_HEIGHT, POINTS_HEIGHT, CELL_HEIGHT, TALLEST = 380, 290, 22, 420
HEADROOM = 1.08
COLOR_BAR = {"thickness": 8, "outlinewidth": 0, "len": 0.9, "nticks": 5}


def number_figure(picture: Mapping[str, Any]) -> Figure:
    """A column of numbers or moments: real as an area, synthetic as a line, held-out rows as dots."""
    axis, shares = ColumnAxis.of(picture), picture["shares"]
    outer = any(max(share[0], share[-1]) >= VISIBLE for share in shares.values())
    centres, bins = axis.centres, slice(None) if outer else slice(1, -1)
    bars = {
        "type": "bar",
        "x": axis.shown(centres[bins]),
        "y": shares["real"][bins],
        "width": axis.step * (1000 if axis.is_moment else 1),
        "marker": {"color": "--real-area", "line": {"width": 0}},
    } | _hover(axis.bin_labels(), shares, bins)
    data = [bars, _outline(axis, shares["real"], outer, REAL, 1.2), *_dots(axis, shares, bins)]
    if "synthetic" in shares:
        data.append(_outline(axis, shares["synthetic"], outer, SYNTHETIC, 2))
    layout = {"xaxis": axis.layout(), "yaxis": _share_axis(shares), "hovermode": "x", "height": LOW, "bargap": 0}
    return {"data": data, "layout": layout | _cut_tower(axis, shares)}


def _outline(axis: ColumnAxis, shares: Sequence[float], outer: bool, color: str, width: float) -> Figure:
    """A histogram's contour."""
    places, step = axis.places, axis.step
    x, y = [places[0], *places], [0.0, *shares[1:-1], 0.0]
    if outer:
        x = [x[0] - 1.5 * step] * 2 + [x[0] - 0.5 * step, *x, x[-1] + 0.5 * step, *[x[-1] + 1.5 * step] * 2]
        y = [0.0, shares[0], 0.0, *y, shares[-1], 0.0, 0.0]
    line = {"color": color, "width": width, "shape": "hv"}
    return line_trace(axis.shown(np.array(x)), y, line)


def line_trace(x: Sequence[Any], y: Sequence[Any], line: dict[str, Any]) -> Figure:
    """A line without a hover text."""
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "line": line, "hoverinfo": "skip"}


def _dots(axis: ColumnAxis, shares: Mapping[str, Sequence[float]], bins: slice) -> list[Figure]:
    if "holdout" not in shares:
        return []
    marker = {"symbol": "circle-open", "size": 3.5, "color": HOLDOUT, "opacity": 0.7, "line": {"width": 1}}
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "x": axis.shown(axis.centres[bins]),
            "y": shares["holdout"][bins],
            "marker": marker,
            "hoverinfo": "skip",
        }
    ]


def _cut_tower(axis: ColumnAxis, shares: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Cut a bin that towers over all others, and say how high it is."""
    highest = np.max(list(shares.values()), axis=0)
    top = int(highest.argmax())
    second = float(np.delete(highest, top).max(initial=0.0))
    if not 0 < second * TOWERING < highest[top]:
        return {}
    texts = [f"{_percent(shares[key][top])} {key}" for key in ("real", "synthetic") if key in shares]
    note = {
        "x": axis.shown(axis.centres)[top],
        "y": 1,
        "yref": "paper",
        "yanchor": "top",
        "xanchor": "left" if top < len(highest) / 2 else "right",
        "xshift": 8 if top < len(highest) / 2 else -8,
        "align": "left",
        "showarrow": False,
        "text": "↑ " + "<br>   ".join(texts),
    }
    return {"yaxis": _share_axis(shares) | {"range": [0, CUT * second]}, "annotations": [note]}


def level_figure(picture: Mapping[str, Any]) -> Figure:
    """A column of levels: real as wide bars, synthetic as narrow ones upon them, held-out rows as ticks."""
    shares, names = picture["shares"], list(picture["levels"])
    shown, whole = labels(names), [escaped(name) for name in names]
    if picture["n_other"]:
        shown.append(f"{picture['n_other']:,} more")
        whole.append(f"{picture['n_other']:,} more levels")
    y = list(range(len(shown)))
    data = [_bars(shares["real"], y, 0.84, "--real-area") | _hover(whole, shares, slice(None))]
    if "synthetic" in shares:
        data.append(_bars(shares["synthetic"], y, 0.36, SYNTHETIC))
    if "holdout" in shares:
        marker = {"symbol": "circle-open", "size": 6, "color": HOLDOUT, "line": {"width": 1.2}}
        place = {"x": shares["holdout"], "y": y, "marker": marker, "hoverinfo": "skip"}
        data.append({"type": "scatter", "mode": "markers"} | place)
    spare = max(LEAST_SLOTS - len(y), 0) / 2
    yaxis = {"tickvals": y, "ticktext": shown, "range": [len(y) - 0.4 + spare, -0.6 - spare], "showgrid": False}
    height = LOW if len(y) <= N_LOW else HIGH
    layout = {"xaxis": _share_axis(shares) | {"nticks": 4}, "yaxis": yaxis, "hovermode": "y", "height": height}
    return {"data": data, "layout": layout | {"barmode": "overlay"}}


def _bars(shares: Sequence[float], y: Sequence[int], width: float, color: str) -> Figure:
    marker = {"color": color, "line": {"width": 0}}
    return {
        "type": "bar",
        "orientation": "h",
        "x": shares,
        "y": y,
        "width": width,
        "marker": marker,
        "hoverinfo": "skip",
    }


def _share_axis(shares: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    highest = max(max(share) for share in shares.values())
    return {"tickformat": ".1~%", "nticks": 5, "tickangle": 0, "range": [0, HEADROOM * highest or 1.0]}


def _percent(share: float) -> str:
    return f"{share:.2%}" if share < 0.1 else f"{share:.1%}"


def _hover(titles: Sequence[str], shares: Mapping[str, Sequence[float]], bins: slice) -> dict[str, Any]:
    """What bins or levels show of each table."""
    words = {key: word for key, word in WORDS.items() if key in shares}
    lines = [f"%{{customdata[{k}]:.2%}} {word}" for k, word in enumerate(words.values(), 1)]
    rows = list(zip(titles, *(shares[key] for key in words), strict=True))
    return {
        "customdata": rows[bins],
        "hovertemplate": "<br>".join(["<b>%{customdata[0]}</b>", *lines]) + "<extra></extra>",
        "hoverinfo": "all",
    }


def association_figures(picture: Mapping[str, Any]) -> dict[str, Figure]:
    """Heatmaps of the associations of all pairs: real, synthetic, and synthetic minus real."""
    names = picture["names"]
    real, synthetic = (np.array(picture[key], dtype=np.float64) for key in ("real", "synthetic"))
    gap = synthetic - real
    limit = max(0.1, float(np.nanmax(np.abs(gap))))
    return {
        "real": matrix_figure(names, real, SEQUENTIAL, (0.0, 1.0)),
        "synthetic": matrix_figure(names, synthetic, SEQUENTIAL, (0.0, 1.0)),
        "difference": matrix_figure(names, gap, DIVERGING, (-limit, limit)),
    }


def matrix_figure(names: Sequence[str], values: Any, scale: list[Any], limits: tuple[float, float]) -> Figure:
    """Heatmap of one value (d, d) for each pair of names, NaN where there is none, shaded between two limits."""
    whole = [escaped(name) for name in names]
    many = len(names) > MAX_TICKED
    ticks: dict[str, Any] = {"type": "category", "showgrid": False, "showticklabels": not many, "ticks": ""}
    if not many:
        ticks |= {"tickvals": whole, "ticktext": labels(names, 14), "tickfont": {"size": 10}}
    heatmap = {
        "type": "heatmap",
        "x": whole,
        "y": whole,
        "z": [[None if np.isnan(x) else round(x, 3) for x in row] for row in values.tolist()],
        "hovertemplate": "%{y}<br>%{x}<br><b>%{z:.3f}</b><extra></extra>",
    }
    layout = {"xaxis": ticks | {"tickangle": -90}, "yaxis": ticks | {"autorange": "reversed"}, "height": MATRIX_HEIGHT}
    return {"data": [heatmap | shading(scale, limits, 0 if many else 1)], "layout": layout}


def shading(scale: list[Any], limits: tuple[float, float], gap: int) -> dict[str, Any]:
    """How a heatmap is shaded between two limits, with a gap between cells in pixels."""
    bounds = {"zmin": limits[0], "zmax": limits[1], "colorscale": scale, "colorbar": COLOR_BAR}
    return bounds | {"xgap": gap, "ygap": gap, "hoverongaps": False}


def pair_figures(picture: Mapping[str, Any], columns: Mapping[str, Mapping[str, Any]]) -> dict[str, Figure]:
    """A pair of columns in each table: points, or heatmaps of shares with their difference.

    Parameters
    ----------
    picture : mapping
        See `pair_pictures`.
    columns : mapping of str to mapping
        The columns' histograms by name.
    """
    if "points" in picture:
        axes = [ColumnAxis.of(columns[picture[side]]) for side in ("x", "y")]
        return {key: _points(picture, axes, points, f"--{key}") for key, points in picture["points"].items()}
    shares = {key: np.array(share, dtype=np.float64) for key, share in picture["shares"].items()}
    highest = max(float(share.max()) for share in shares.values())
    gap = shares["synthetic"] - shares["real"]
    limit = max(float(np.abs(gap).max()), 0.1 * highest)
    found = {key: _cells(picture, share, SEQUENTIAL, (0.0, highest)) for key, share in shares.items()}
    return found | {"difference": _cells(picture, gap, DIVERGING, (-limit, limit))}


def _points(picture: Mapping[str, Any], axes: list[ColumnAxis], points: Mapping[str, Any], color: str) -> Figure:
    values = [np.array(points[side], dtype=np.float64) for side in ("x", "y")]
    texts = [
        f"{escaped(picture['x'])}: {axes[0].text(x)}<br>{escaped(picture['y'])}: {axes[1].text(y)}"
        for x, y in zip(*values, strict=True)
    ]
    cloud = {
        "type": "scatter",
        "mode": "markers",
        "x": axes[0].place(values[0]),
        "y": axes[1].place(values[1]),
        "hovertext": texts,
        "hoverinfo": "text",
        "marker": {"color": color, "size": 5, "opacity": 0.6},
    }
    layout = {
        f"{side}axis": axis.layout() | {"title": {"text": label(picture[side], 30)}, "range": axis.extent()}
        for side, axis in zip("xy", axes, strict=True)
    }
    return {"data": [cloud], "layout": layout | {"hovermode": "closest", "height": POINTS_HEIGHT}}


def _cells(picture: Mapping[str, Any], shares: Any, scale: list[Any], limits: tuple[float, float]) -> Figure:
    sign = "+" if limits[0] < 0 else ""
    texts = [
        [
            f"{escaped(x)}<br>{escaped(y)}<br><b>{share:{sign}.2%}</b>"
            for x, share in zip(picture["x_labels"], row, strict=True)
        ]
        for y, row in zip(picture["y_labels"], shares.tolist(), strict=True)
    ]
    heatmap = {"type": "heatmap", "z": shares.round(5).tolist(), "hovertext": texts, "hoverinfo": "text"}
    shade = shading(scale, limits, 1)
    layout: dict[str, Any] = {
        f"{side}axis": {
            "tickvals": list(range(len(picture[f"{side}_labels"]))),
            "ticktext": labels(picture[f"{side}_labels"], 16),
            "title": {"text": label(picture[side], 22)},
            "showgrid": False,
        }
        for side in "xy"
    }
    layout["xaxis"]["tickangle"], layout["yaxis"]["autorange"] = -90, "reversed"
    height = min(170 + CELL_HEIGHT * len(picture["y_labels"]), TALLEST)
    return {
        "data": [heatmap | shade | {"colorbar": COLOR_BAR | {"tickformat": ".1~%"}}],
        "layout": layout | {"height": height},
    }

"""Figures of a report on market paths, as plotly reads them: the history in grey with its band, the paths in colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from synthdiff.evaluation.axis import escaped, labels
from synthdiff.evaluation.curve import tail_figure
from synthdiff.evaluation.figure import (
    DIVERGING,
    REAL,
    SEQUENTIAL,
    SYNTHETIC,
    Figure,
    line_trace,
    matrix_figure,
    shading,
)

HEIGHT, ROW_HEIGHT = 250, 22
OFFSET = 12.0
"""Standard deviations between the returns of one example and those of the next."""
THIN, BOLD = 1.0, 2.0


def curve_figure(curve: Mapping[str, Any], title: str = "correlation") -> Figure:
    """A fact's vector: the history with its 90 % band, and the paths."""
    x, words = curve["x"], escaped(curve["words"])
    return {
        "data": [
            _band([*x, *reversed(x)], [*curve["low"], *reversed(curve["high"])]),
            _line(x, curve["real"], REAL, 1.5) | _hover(f"<b>%{{y:.3f}}</b> history, {words} %{{x}}"),
            _line(x, curve["synthetic"], SYNTHETIC, BOLD) | _hover("<b>%{y:.3f}</b> paths"),
        ],
        "layout": {
            "xaxis": {"title": {"text": curve["words"]}, "nticks": 7},
            "yaxis": {"title": {"text": title}, "nticks": 5, "zeroline": True, "zerolinecolor": "--rule"},
            "hovermode": "x",
            "height": HEIGHT,
        },
    }


def share_figure(curve: Mapping[str, Any], title: str, unit: float = 1.0, logarithmic: bool = False) -> Figure:
    """Quantiles over windows as shares below a value: the history with its 90 % band, and the paths.

    Parameters
    ----------
    curve : mapping
    title : str
        What the values are.
    unit : float
        What they are multiplied with.
    logarithmic : bool
        Whether the vector holds logarithms.
    """
    values = {key: np.array(curve[key], dtype=np.float64) for key in ("real", "low", "high", "synthetic")}
    shown = {key: _short(unit * (np.exp(value) if logarithmic else value)) for key, value in values.items()}
    share = curve["x"]
    return {
        "data": [
            _band([*shown["low"], *reversed(shown["high"])], [*share, *reversed(share)]),
            _line(shown["real"], share, REAL, 1.5) | _hover("%{y:.0%} of the windows below <b>%{x:.3g}</b>"),
            _line(shown["synthetic"], share, SYNTHETIC, BOLD) | _hover("%{y:.0%} of the paths below <b>%{x:.3g}</b>"),
        ],
        "layout": {
            "xaxis": {"title": {"text": title}, "nticks": 6} | ({"type": "log"} if logarithmic else {}),
            "yaxis": {"title": {"text": "share below"}, "tickformat": ".0%", "range": [0, 1], "nticks": 5},
            "hovermode": "closest",
            "height": HEIGHT,
        },
    }


def survival_figure(tails: Mapping[str, Any]) -> Figure:
    """How probable moves beyond a size are, on logarithmic axes: losses as lines, gains dotted."""
    data = []
    for key, color, words in (("real", REAL, "history"), ("synthetic", SYNTHETIC, "paths")):
        for side, dash in (("losses", "solid"), ("gains", "dot")):
            sizes, shares = tails[key][side], tails[key]["share"]
            kept = [k for k, size in enumerate(sizes) if size is not None and size > 0]
            line = _line([sizes[k] for k in kept], [shares[k] for k in kept], color, BOLD if dash == "solid" else 1.6)
            if key == "real":  # broad and pale below: where the paths are right, they lie upon it
                line = _line(line["x"], line["y"], color, 4.5) | {"opacity": 0.45}
            line["line"]["dash"] = dash
            data.append(line | _hover(f"<b>%{{y:.2g}}</b> of the steps beyond %{{x:.3g}}<br>{side}, {words}"))
    return {
        "data": data,
        "layout": {
            "xaxis": {"title": {"text": "size, in standard deviations"}, "type": "log", "dtick": "D2"},
            "yaxis": {
                "title": {"text": "probability of more"},
                "type": "log",
                "dtick": 1,
                "exponentformat": "power",
            },
            "hovermode": "closest",
            "height": HEIGHT,
        },
    }


def quantile_figure(picture: Mapping[str, Any]) -> Figure:
    """Quantiles of the paths against the history's, from its most extreme steps inwards."""
    figure = tail_figure(picture["levels"], picture)
    axes = {
        "xaxis": figure["layout"]["xaxis"] | {"title": {"text": "quantile of the history, in deviations"}},
        "yaxis": figure["layout"]["yaxis"] | {"title": {"text": "quantile of the paths"}},
    }
    return figure | {"layout": figure["layout"] | axes | {"height": HEIGHT}}


def drawdown_figure(picture: Mapping[str, Any], kind: str) -> Figure:
    """How probable maximum drawdowns of at least a depth are: the history with its 90 % band, and the paths."""
    depth, is_share = picture["depth"], kind == "return"
    at = "%{x:.1%}" if is_share else "%{x:.4g}"
    return {
        "data": [
            _band([*depth, *reversed(depth)], [*picture["low"], *reversed(picture["high"])]),
            _line(depth, picture["real"], REAL, 1.5) | _hover(f"<b>%{{y:.1%}}</b> of the windows fall by {at}"),
            _line(depth, picture["synthetic"], SYNTHETIC, BOLD) | _hover("<b>%{y:.1%}</b> of the paths"),
        ],
        "layout": {
            "xaxis": {"title": {"text": "depth"}, "nticks": 6} | ({"tickformat": ".0%"} if is_share else {}),
            "yaxis": {"title": {"text": "share that falls so far"}, "tickformat": ".0%", "range": [0, 1.02]},
            "hovermode": "x",
            "height": HEIGHT,
        },
    }


def example_figures(picture: Mapping[str, Any], kind: str) -> dict[str, Figure]:
    """Levels of some windows of the history, and of some paths, on the same axes."""
    values = np.array([*picture["real"], *picture["synthetic"]], dtype=np.float64)
    low, high = (float(x) for x in (values.min(), values.max()))
    is_share = kind == "return"
    axis: dict[str, Any] = {"range": [low, high]}
    if is_share:
        axis = {"type": "log", "range": _short(np.log10([low * 0.98, high * 1.02])), "nticks": 6}
    layout = {
        "xaxis": {"title": {"text": "step"}, "nticks": 6},
        "yaxis": {"title": {"text": "start = 100" if is_share else "sum of changes"}} | axis,
        "height": HEIGHT,
    }
    return {
        key: {
            "data": [_trace(0, picture["stride"], level, color) | {"opacity": 0.75} for level in picture[key]],
            "layout": layout,
        }
        for key, color in (("real", REAL), ("synthetic", SYNTHETIC))
    }


def return_figures(picture: Mapping[str, Any]) -> dict[str, Figure]:
    """Returns of a few windows and paths, one above the other."""
    out = {}
    for key, color in (("real", REAL), ("synthetic", SYNTHETIC)):
        traces = np.array(picture[key], dtype=np.float64)
        offsets = OFFSET * np.arange(len(traces))[:, None]
        data = [_trace(1, 1, y, color) for y in (traces - offsets).round(1).tolist()]
        ends = [-OFFSET * (len(traces) - 0.5), OFFSET / 2]
        yaxis = {"showticklabels": False, "showgrid": False, "range": ends, "title": {"text": "returns"}}
        out[key] = {"data": data, "layout": {"xaxis": {"title": {"text": "step"}}, "yaxis": yaxis, "height": HEIGHT}}
    return out


def matrix_figures(names: Sequence[str], picture: Mapping[str, Any], signed: bool) -> dict[str, Figure]:
    """Heatmaps of what pairs have in common: history, paths, and paths minus history."""
    real, synthetic = (np.array(picture[key], dtype=np.float64) for key in ("real", "synthetic"))
    difference = synthetic - real
    limit = max(0.1, float(np.nanmax(np.abs(difference))))
    scale, limits = (DIVERGING, (-1.0, 1.0)) if signed else (SEQUENTIAL, (0.0, 1.0))
    return {
        "real": matrix_figure(names, real, scale, limits),
        "synthetic": matrix_figure(names, synthetic, scale, limits),
        "difference": matrix_figure(names, difference, DIVERGING, (-limit, limit)),
    }


def score_figure(picture: Mapping[str, Any]) -> Figure:
    """Heatmap of the score of each asset in each fact; from the worst limit on all are equally dark."""
    names = [escaped(name) for name in picture["assets"]]
    heatmap = {
        "type": "heatmap",
        "x": picture["facts"],
        "y": names,
        "z": picture["values"],
        "hovertemplate": "%{y}<br>%{x}<br><b>%{z:.2f}</b><extra></extra>",
    }
    layout = {
        "xaxis": {"type": "category", "showgrid": False, "tickangle": -90, "ticks": ""},
        "yaxis": {
            "type": "category",
            "showgrid": False,
            "ticks": "",
            "autorange": "reversed",
            "tickvals": names,
            "ticktext": labels(picture["assets"], 14),
        },
        "height": 190 + ROW_HEIGHT * len(names),
    }
    return {"data": [heatmap | shading(SEQUENTIAL, (0.0, picture["bad"]), 1)], "layout": layout}


def _line(x: Sequence[Any], y: Sequence[Any], color: str, width: float) -> Figure:
    return line_trace(x, y, {"color": color, "width": width})


def _trace(first: int, stride: int, y: Sequence[float], color: str) -> Figure:
    """A thin line over steps that are evenly spaced."""
    line = {"color": color, "width": THIN}
    return {"type": "scatter", "mode": "lines", "x0": first, "dx": stride, "y": y, "line": line, "hoverinfo": "skip"}


def _hover(template: str) -> dict[str, Any]:
    """What a point says."""
    return {"hovertemplate": f"{template}<extra></extra>", "hoverinfo": "all"}


def _band(x: Sequence[Any], y: Sequence[Any]) -> Figure:
    """The area between two lines, given as its outline."""
    area = {"fill": "toself", "fillcolor": "--real-area", "opacity": 0.55}
    return line_trace(x, y, {"width": 0, "color": REAL}) | area


def _short(values: Any) -> list[float]:
    return [float(f"{value:.5g}") for value in np.asarray(values).tolist()]

"""Figures that are not of single columns or pairs: missing cells, tails, distances, detection, training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from synthdiff.evaluation.axis import escaped, labels, number_text
from synthdiff.evaluation.figure import HOLDOUT, REAL, SYNTHETIC, WORDS, Figure, line_trace

HEIGHT = 270
ROW_HEIGHT = 24
N_LOSSES = 9


def missing_figure(columns: Sequence[Mapping[str, Any]]) -> Figure | None:
    """Share of missing cells of each column that lacks some; None where nothing is missing."""
    lacking = [column for column in columns if any(column["missing"].values())]
    if not lacking:
        return None
    lacking.sort(key=lambda column: -max(column["missing"].values()))
    y, names = list(range(len(lacking))), [column["name"] for column in lacking]
    data = []
    for key, marker in (
        ("real", {"color": REAL, "size": 10}),
        ("holdout", {"color": HOLDOUT, "size": 10, "symbol": "circle-open"}),
        ("synthetic", {"color": SYNTHETIC, "size": 8}),
    ):
        shares = [column["missing"].get(key) for column in lacking]
        texts = [
            f"{escaped(name)}<br><b>{share:.2%}</b> missing, {WORDS[key]}"
            for name, share in zip(names, shares, strict=True)
            if share is not None
        ]
        if len(texts) == len(shares):
            data.append(_markers(shares, y, marker, texts))
    layout = {
        "xaxis": {"tickformat": ".0~%", "rangemode": "tozero"},
        "yaxis": {"tickvals": y, "ticktext": labels(names, 20), "range": [len(y) - 0.4, -0.6]},
        "height": ROW_HEIGHT * len(y) + 60,
    }
    return {"data": data, "layout": layout}


def tail_figure(levels: Sequence[float], tail: Mapping[str, Any]) -> Figure:
    """Quantiles of a column against the real ones, in standard deviations from the real median."""
    scaled = {
        key: (np.array(tail[key], dtype=np.float64) - tail["centre"]) / tail["unit"] for key in WORDS if key in tail
    }
    x, both = scaled["real"], np.concatenate(list(scaled.values()))
    ends = [float(both.min()), float(both.max())]
    data = [_line(ends, ends, REAL, dash="dot", width=1)]
    for key, marker in (
        ("holdout", {"color": HOLDOUT, "size": 7.5, "symbol": "circle-open"}),
        ("synthetic", {"color": SYNTHETIC, "size": 6}),
    ):
        if key in scaled:
            texts = [
                f"quantile {level:g}<br>real {number_text(real)}<br><b>{WORDS[key]} {number_text(value)}</b>"
                for level, real, value in zip(levels, tail["real"], tail[key], strict=True)
            ]
            data.append(_markers(_short(x), _short(scaled[key]), marker, texts))
    data[-1] |= {"mode": "lines+markers", "line": {"color": SYNTHETIC, "width": 1.2}}
    layout = {
        "xaxis": {"title": {"text": "real quantile"}, "nticks": 6},
        "yaxis": {"title": {"text": "quantile"}, "nticks": 6},
        "height": HEIGHT,
    }
    return {"data": data, "layout": layout}


def distance_figure(picture: Mapping[str, Any]) -> Figure:
    """Shares of rows by the distance to the closest row of another table."""
    edges = picture["edges"]
    lines = {
        "holdout_to_train": ("held out to training rows", HOLDOUT, "dot"),
        "synthetic_to_holdout": ("synthetic to held-out rows", REAL, "solid"),
        "synthetic_to_train": ("synthetic to training rows", SYNTHETIC, "solid"),
    }
    data = []
    for key, (words, color, dash) in lines.items():
        if key in picture:
            texts = [
                f"{low:.3f} – {high:.3f}<br><b>{share:.2%}</b> {words}"
                for (low, high), share in zip(pairwise(edges), picture[key], strict=True)
            ]
            data.append(_contour(edges, picture[key], texts, color) | {"name": words})
            data[-1]["line"]["dash"] = dash
    used = max(k for key in lines if key in picture for k, share in enumerate(picture[key]) if share >= 1e-3)
    layout = {
        "xaxis": {"title": {"text": "distance to the closest row"}, "range": [0, edges[min(used + 2, len(edges) - 1)]]},
        "yaxis": {"tickformat": ".1~%", "rangemode": "tozero"},
        "height": HEIGHT,
    }
    return {"data": data, "layout": layout}


def roc_figure(roc: Mapping[str, Sequence[float]]) -> Figure:
    """How many synthetic rows are found at which share of false alarms."""
    x, y = roc["false_positive"], roc["true_positive"]
    texts = [
        f"<b>{found:.1%}</b> of the synthetic rows found<br>at {alarm:.1%} false alarms"
        for alarm, found in zip(x, y, strict=True)
    ]
    curve = _line(x, y, SYNTHETIC, width=2.2) | {
        "hovertext": texts,
        "hoverinfo": "text",
        "fill": "tonexty",
        "fillcolor": "--synthetic-area",
    }
    axis = {"range": [0, 1], "tickformat": ".0%", "dtick": 0.25}
    layout = {
        "xaxis": axis | {"title": {"text": "held-out rows taken for synthetic"}},
        "yaxis": axis | {"title": {"text": "synthetic rows found"}},
        "height": HEIGHT,
    }
    return {"data": [_line([0, 1], [0, 1], REAL, dash="dot", width=1), curve], "layout": layout}


def suspicion_figure(picture: Mapping[str, Sequence[float]]) -> Figure:
    """Shares of rows by how probably synthetic they look."""
    edges = picture["edges"]
    data = []
    for key, color in (("real", REAL), ("synthetic", SYNTHETIC)):
        texts = [
            f"looks synthetic by {low:.0%} – {high:.0%}<br><b>{share:.1%}</b> of the {WORDS[key]} rows"
            for (low, high), share in zip(pairwise(edges), picture[key], strict=True)
        ]
        data.append(_contour(edges, picture[key], texts, color) | {"fill": "tozeroy", "fillcolor": f"{color}-area"})
    layout = {
        "xaxis": {
            "title": {"text": "probability of being synthetic"},
            "tickformat": ".0%",
            "range": [0, 1],
            "nticks": 6,
        },
        "yaxis": {"tickformat": ".1~%", "rangemode": "tozero"},
        "height": HEIGHT,
    }
    return {"data": data, "layout": layout}


def loss_figure(training: Mapping[str, Any], key: str) -> Figure:
    """A loss over time: ``"train_loss"`` or ``"valid_loss"``, which are not on the same footing."""
    color = SYNTHETIC if key == "valid_loss" else REAL
    texts = [
        None if loss is None else f"step {step:,}<br><b>{loss:.4g}</b>"
        for step, loss in zip(training["step"], training[key], strict=True)
    ]
    curve = _line(_minutes(training), training[key], color, width=2) | {"hovertext": texts, "hoverinfo": "text"}
    curve |= {"mode": "lines+markers", "marker": {"size": 4, "color": color}}
    yaxis = {"title": {"text": "nats a row"}, "nticks": 6}
    return {"data": [curve], "layout": {"xaxis": _time_axis(), "yaxis": yaxis, "height": HEIGHT}}


def column_loss_figure(training: Mapping[str, Any]) -> Figure | None:
    """Held-out loss of the columns with the highest one, at first and at last; None where it is not known."""
    known = [(name, [loss for loss in losses if loss is not None]) for name, losses in training["columns"].items()]
    ends = sorted(((losses[-1], losses[0], name) for name, losses in known if losses), reverse=True)[:N_LOSSES]
    if not ends:
        return None
    y = list(range(len(ends)))
    texts = [f"{escaped(name)}<br>{first:.3g} at first<br><b>{last:.3g}</b> at last" for last, first, name in ends]
    first = _markers([end[1] for end in ends], y, {"color": REAL, "size": 7}, texts)
    last = _markers([end[0] for end in ends], y, {"color": SYNTHETIC, "size": 9}, texts)
    layout = {
        "xaxis": {"title": {"text": "nats"}, "nticks": 6},
        "yaxis": {"tickvals": y, "ticktext": labels([end[2] for end in ends], 20), "range": [len(y) - 0.4, -0.6]},
        "height": HEIGHT,
    }
    return {"data": [first, last], "layout": layout}


def rate_figure(training: Mapping[str, Any]) -> Figure:
    """Learning rate over time."""
    texts = [
        None if rate is None else f"step {step:,}<br><b>{rate:.3g}</b>"
        for step, rate in zip(training["step"], training["learning_rate"], strict=True)
    ]
    curve = _line(_minutes(training), training["learning_rate"], REAL, width=2)
    yaxis = {"title": {"text": "learning rate"}, "rangemode": "tozero", "nticks": 5, "exponentformat": "power"}
    layout = {"xaxis": _time_axis(), "yaxis": yaxis, "height": HEIGHT}
    return {"data": [curve | {"hovertext": texts, "hoverinfo": "text"}], "layout": layout}


def _minutes(training: Mapping[str, Any]) -> list[float]:
    return [round(seconds / 60, 3) for seconds in training["seconds"]]


def _time_axis() -> dict[str, Any]:
    return {"title": {"text": "minutes"}, "rangemode": "tozero", "nticks": 7}


def _contour(edges: Sequence[float], shares: Sequence[float], texts: Sequence[str], color: str) -> Figure:
    """A histogram's steps."""
    line = {"color": color, "width": 2, "shape": "hv"}
    return line_trace(edges, [*shares, shares[-1]], line) | {"hovertext": [*texts, ""], "hoverinfo": "text"}


def _line(x: Sequence[float], y: Sequence[Any], color: str, width: float, dash: str = "solid") -> Figure:
    return line_trace(x, y, {"color": color, "width": width, "dash": dash})


def _markers(x: Sequence[Any], y: Sequence[Any], marker: dict[str, Any], texts: Sequence[str]) -> Figure:
    marker = marker | ({"line": {"width": 1.1}} if "symbol" in marker else {"line": {"width": 0}})
    place = {"x": x, "y": y, "marker": marker, "hovertext": texts, "hoverinfo": "text"}
    return {"type": "scatter", "mode": "markers"} | place


def _short(values: Any) -> list[float]:
    return [float(f"{value:.5g}") for value in values.tolist()]

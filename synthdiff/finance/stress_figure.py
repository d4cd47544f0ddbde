"""Figures of a stress report, as plotly reads them: what is usual in grey, the scenario in colour."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from synthdiff.evaluation.axis import escaped, labels
from synthdiff.evaluation.figure import REAL, SYNTHETIC, Figure, line_trace
from synthdiff.finance.stress_summary import interval_text, percent

HEIGHT, ROW_HEIGHT, MARGIN = 260, 26, 74
SIDES = ("unstressed", "stressed")
COLORS = {"unstressed": REAL, "stressed": SYNTHETIC}
AREAS = {"unstressed": "--real-area", "stressed": "--synthetic-area"}
WAYS = ("--synthetic", "--more", "--less", "--good", "--bad")
SHIFT = 0.18
"""Rows apart are the two sides of a pair."""
MOST_BARS = 14
BEYOND = 1.12
"""How far the axis goes beyond the largest bound that is finite."""


def fan_figure(fan: Mapping[str, Any], step: str, kind: str = "return") -> Figure:
    """Values with time: bands of 50 and 90 % with the median, over those of what is usual; a single path as a line."""
    data = []
    for side in SIDES:
        if side in fan:
            data += _fan(fan[side], side, step, "stressed" if side == "unstressed" and len(fan) == 1 else side)
    title = "start = 100" if kind == "return" else "change"
    return _figure(data, f"{step}s", title, hovermode="x")


def _fan(side: Mapping[str, Any], name: str, step: str, look: str) -> list[Figure]:
    steps, bands = side["steps"], side["quantiles"]
    line = {"color": COLORS[look], "width": 2 if look == "stressed" else 1.5}
    if len(bands) == 1:
        shown = line_trace(steps, bands[0], line)
        return [shown | _hover(f"<b>%{{y:.4g}}</b> after %{{x}} {step}s")]
    low, lower, middle, upper, high = bands
    area = [_band([*steps, *reversed(steps)], [*low, *reversed(high)], AREAS[look])]
    if look == "stressed":
        area.append(_band([*steps, *reversed(steps)], [*lower, *reversed(upper)], AREAS[look]))
    texts = [f"<b>{m:.4g}</b> {name}, 90 % from {a:.4g} to {b:.4g}" for a, m, b in zip(low, middle, high, strict=True)]
    return [*area, line_trace(steps, middle, line) | {"hovertext": texts, "hoverinfo": "text"}]


def outcome_figure(picture: Mapping[str, Any]) -> Figure:
    """Where the portfolio ends: what is usual as an area, the scenario as a line."""
    edges = picture["edges"]
    data = []
    for side in SIDES:
        if side not in picture:
            continue
        x, y = [edges[0], *edges], [0.0, *picture[side], 0.0]
        texts = ["", *(f"<b>{percent(share)}</b> {side}" for share in picture[side]), ""]
        line: dict[str, Any] = {"color": COLORS[side], "width": 2 if side == "stressed" else 1, "shape": "hv"}
        trace = line_trace(x, y, line) | {"hovertext": texts, "hoverinfo": "text"}
        data.append(trace | ({"fill": "tozeroy", "fillcolor": AREAS[side]} if side == "unstressed" else {}))
    figure = _figure(data, "return at the end", "share of the paths", hovermode="x")
    figure["layout"]["xaxis"] |= {"tickformat": ".0%"}
    figure["layout"]["yaxis"] |= {"tickformat": ".0%", "rangemode": "tozero"}
    return figure


def drawdown_figure(picture: Mapping[str, Any]) -> Figure:
    """How probable falls of at least a depth are, with 95 % bands."""
    depth, data = picture["depth"], []
    for side in SIDES:
        if side not in picture:
            continue
        one = picture[side]
        area = _band([*depth, *reversed(depth)], [*one["low"], *reversed(one["high"])], AREAS[side])
        line = line_trace(depth, one["share"], {"color": COLORS[side], "width": 2 if side == "stressed" else 1.5})
        data += [area, line | _hover(f"<b>%{{y:.2%}}</b> {side} fall by %{{x:.1%}}")]
    figure = _figure(data, "deepest fall below the highest value", "share that falls so far", hovermode="x")
    figure["layout"]["xaxis"] |= {"tickformat": ".0%"}
    figure["layout"]["yaxis"] |= {"tickformat": ".0%", "range": [0, 1.02]}
    return figure


def risk_figure(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """VaR and ES with their intervals, stressed under unstressed; ends that nothing bounds go to the rim.

    Parameters
    ----------
    rows : sequence of mapping
        ``measure`` and, of each side, its value, ``_low`` and ``_high``: as `Comparison.to_table`.
    """
    ends = [row[f"{side}{end}"] for row in rows for side in SIDES for end in ("", "_low", "_high")]
    known = [x for x in ends if math.isfinite(x)]
    rim = (min(0.0, min(known) * BEYOND), max(0.0, max(known) * BEYOND))
    data: list[Figure] = []
    for side, shift in zip(SIDES, (-SHIFT, SHIFT), strict=True):
        places = [place + shift for place in range(len(rows))]
        bounds = [(row[f"{side}_low"], row[f"{side}_high"]) for row in rows]
        texts = [
            f"<b>{percent(row[side])}</b> {side}<br>95 %: {interval_text(bound)}"
            for row, bound in zip(rows, bounds, strict=True)
        ]
        data += _ranges(bounds, places, side, rim)
        data.append(_dots([row[side] for row in rows], places, side, texts))
    return _rows(data, [row["measure"] for row in rows], "loss", list(rim))


def contribution_figure(
    stressed: Sequence[Mapping[str, Any]], unstressed: Sequence[Mapping[str, Any]] | None
) -> Figure:
    """What each asset adds to expected shortfall, with its interval; what it adds usually as a grey dot."""
    shown = [row for row in stressed if row["weight"] or row["es"]]
    shown = sorted(shown, key=lambda row: -abs(row["es"]))[:MOST_BARS]
    places = [float(place) for place in range(len(shown))]
    texts = [
        f"<b>{escaped(row['asset'])}</b> {percent(row['es'])}<br>95 %: {interval_text((row['es_low'], row['es_high']))}"
        f"<br>weight {row['weight']:.4g}"
        for row in shown
    ]
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": [row["es"] for row in shown],
        "y": places,
        "width": 0.62,
        "marker": {"color": SYNTHETIC, "opacity": 0.55, "line": {"width": 0}},
        "hovertext": texts,
        "hoverinfo": "text",
        "textposition": "none",
    }
    bounds = [(row["es_low"], row["es_high"]) for row in shown]
    finite = [bound for bound in bounds if all(map(math.isfinite, bound))]
    at = [place for place, bound in zip(places, bounds, strict=True) if all(map(math.isfinite, bound))]
    data = [bars, *_ranges(finite, at, "stressed", (-math.inf, math.inf))]
    if unstressed is not None:
        usual = {row["asset"]: row["es"] for row in unstressed}
        both = [(usual[row["asset"]], place) for row, place in zip(shown, places, strict=True) if row["asset"] in usual]
        words = [f"<b>{percent(value)}</b> unstressed" for value, _ in both]
        data.append(_dots([value for value, _ in both], [place for _, place in both], "unstressed", words))
    return _rows(data, [row["asset"] for row in shown], "part of the loss")


def return_figure(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """Returns of the assets at the end: the middle 90 % thin, 50 % thick, the median as a dot."""
    data: list[Figure] = []
    for side, shift in zip(SIDES, (-SHIFT, SHIFT), strict=True):
        known = [(row, place + shift) for place, row in enumerate(rows) if side in row]
        places = [place for _, place in known]
        if not known:
            continue
        wide = all(row[side][0] == row[side][-1] for row, _ in known)  # of a single path there is but the dot
        if not wide:
            data += _ranges([(row[side][0], row[side][-1]) for row, _ in known], places, side, (-math.inf, math.inf))
            data += _ranges([(row[side][1], row[side][-2]) for row, _ in known], places, side, (-math.inf, math.inf), 6)
        texts = [
            f"<b>{escaped(row['name'])}</b> {percent(row[side][2])} {side}"
            + ("" if wide else f"<br>90 %: {percent(row[side][0])} to {percent(row[side][-1])}")
            for row, _ in known
        ]
        data.append(_dots([row[side][2] for row, _ in known], places, side, texts))
    return _rows(data, [row["name"] for row in rows], "return at the end")


def line_figure(lines: Mapping[str, Any], usual: Mapping[str, Any] | None, step: str, named: bool = False) -> Figure:
    """Single paths of the portfolio over the middle 90 % of what is usual.

    Parameters
    ----------
    lines : mapping
        ``steps`` and ``paths``.
    usual : mapping or None
        The unstressed fan.
    step : str
    named : bool
        Whether each line has a colour and a number of its own.
    """
    data = []
    if usual is not None and len(usual["quantiles"]) > 1:
        steps, low, high = usual["steps"], usual["quantiles"][0], usual["quantiles"][-1]
        data.append(_band([*steps, *reversed(steps)], [*low, *reversed(high)], AREAS["unstressed"]))
    notes = []
    for place, path in enumerate(lines["paths"]):
        color = WAYS[place % len(WAYS)] if named else SYNTHETIC
        line = line_trace(lines["steps"], path, {"color": color, "width": 1.8 if named else 1.0})
        data.append(line | _hover(f"<b>%{{y:.4g}}</b> after %{{x}} {step}s, path {place + 1}") | {"opacity": 0.85})
        if named:
            end = {"x": lines["steps"][-1], "y": path[-1], "text": f"<b>{place + 1}</b>", "showarrow": False}
            notes.append(end | {"xanchor": "left", "xshift": 4, "font": {"color": color, "size": 12}})
    figure = _figure(data, f"{step}s", "start = 100", hovermode="closest")
    return {"data": figure["data"], "layout": figure["layout"] | {"annotations": notes}}


def _ranges(
    bounds: Sequence[Sequence[float]], places: Sequence[float], side: str, rim: tuple[float, float], width: float = 2
) -> list[Figure]:
    """A horizontal line each; an end that nothing bounds is an arrow at the rim."""
    x: list[float | None] = []
    y: list[float | None] = []
    arrows: dict[str, list[tuple[float, float]]] = {"triangle-left": [], "triangle-right": []}
    for (low, high), place in zip(bounds, places, strict=True):
        if not math.isfinite(low):
            arrows["triangle-left"].append((rim[0], place))
        if not math.isfinite(high):
            arrows["triangle-right"].append((rim[1], place))
        x += [low if math.isfinite(low) else rim[0], high if math.isfinite(high) else rim[1], None]
        y += [place, place, None]
    data = [line_trace(x, y, {"color": COLORS[side], "width": width}) | {"opacity": 0.6}]
    for symbol, points in arrows.items():
        if points:
            marker = {"symbol": symbol, "size": 9, "color": COLORS[side]}
            data.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "x": [point[0] for point in points],
                    "y": [point[1] for point in points],
                    "marker": marker,
                    "hoverinfo": "skip",
                    "cliponaxis": False,
                }
            )
    return data


def _dots(x: Sequence[float], y: Sequence[float], side: str, texts: Sequence[str]) -> Figure:
    marker = {"color": COLORS[side], "size": 8, "line": {"width": 0}}
    place = {"x": x, "y": y, "marker": marker, "hovertext": texts, "hoverinfo": "text"}
    return {"type": "scatter", "mode": "markers"} | place


def _band(x: Sequence[Any], y: Sequence[Any], color: str) -> Figure:
    """The area between two lines, given as its outline."""
    return line_trace(x, y, {"width": 0, "color": REAL}) | {"fill": "toself", "fillcolor": color}


def _figure(data: list[Figure], x: str, y: str, hovermode: str) -> Figure:
    layout: dict[str, Any] = {
        "xaxis": {"title": {"text": x}, "nticks": 7},
        "yaxis": {"title": {"text": y}, "nticks": 6},
        "hovermode": hovermode,
        "height": HEIGHT,
    }
    return {"data": data, "layout": layout}


def _rows(data: list[Figure], names: Sequence[str], title: str, limits: list[float] | None = None) -> Figure:
    """A row a name, the first on top."""
    xaxis = {"title": {"text": title}, "tickformat": ".0%", "nticks": 6, "zeroline": True, "zerolinecolor": "--rule"}
    layout = {
        "xaxis": xaxis | ({"range": limits} if limits else {}),
        "yaxis": {
            "tickvals": list(range(len(names))),
            "ticktext": labels(names, 16),
            "range": [len(names) - 0.4, -0.6],
            "showgrid": False,
        },
        "hovermode": "closest",
        "height": max(HEIGHT, MARGIN + ROW_HEIGHT * len(names)),
    }
    return {"data": data, "layout": layout}


def _hover(template: str) -> dict[str, Any]:
    """What a point says."""
    return {"hovertemplate": f"{template}<extra></extra>", "hoverinfo": "all"}

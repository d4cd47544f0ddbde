"""Where a column's values stand on a figure's axis, and how they read."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from synthdiff.codecs.token import FloatArray

N_TICKS = 5
LABEL_LENGTH = 18


@dataclass(frozen=True)
class ColumnAxis:
    """An axis of numbers or moments, as a histogram's bins cut it.

    Where bins widen, a value's place is counted in bins, so that each is as broad as the others.

    Attributes
    ----------
    edges : (B + 1,) float64
    even : bool
    unit : float or None
        What all values are multiples of.
    is_moment : bool
        Whether values are seconds since 1970.
    """

    edges: FloatArray
    even: bool
    unit: float | None
    is_moment: bool

    @classmethod
    def of(cls, picture: Mapping[str, Any]) -> Self:
        """The axis of a column's histogram, see `column_histogram`."""
        edges = np.array(picture["edges"], dtype=np.float64)
        return cls(edges, picture["even"], picture["unit"], picture["scale"] == "datetime")

    @property
    def step(self) -> float:
        """Width of a bin, in places."""
        return float(self.edges[1] - self.edges[0]) if self.even else 1.0

    @property
    def places(self) -> FloatArray:
        """Places of the edges."""
        return self.edges if self.even else np.arange(float(len(self.edges)))

    @property
    def centres(self) -> FloatArray:
        """Places of the bins' centres; those of what lies below and above all bins stand half a bin apart."""
        inner = (self.places[:-1] + self.places[1:]) / 2
        return np.concatenate([[self.places[0] - self.step], inner, [self.places[-1] + self.step]])

    def place(self, values: FloatArray) -> list[Any]:
        """Where values stand; those outside of all bins stand beside them."""
        outside = (values > self.edges[-1]) * self.step - (values < self.edges[0]) * self.step
        return self.shown(np.interp(values, self.edges, self.places) + outside)

    def shown(self, places: FloatArray) -> list[Any]:
        """Places as the axis wants them."""
        return [instant(place) for place in places] if self.is_moment else [round(x, 10) for x in places.tolist()]

    def layout(self) -> dict[str, Any]:
        """Kind and ticks of the axis."""
        if self.is_moment:
            return {"type": "date", "nticks": N_TICKS}
        if self.even:
            return {"nticks": N_TICKS}
        values = self._ticks()
        texts = [number_text(value) for value in values]
        return {"tickvals": self.place(np.array(values)), "ticktext": texts, "tickangle": 0}

    def extent(self) -> list[Any]:
        """Range that shows all bins and what stands beside them."""
        return self.shown(self.centres[[0, -1]] + np.array([-0.5, 0.5]) * self.step)

    def bin_labels(self) -> list[str]:
        """What each bin holds, with those below and above all others."""
        inner = [self._span(low, high) for low, high in zip(self.edges[:-1], self.edges[1:], strict=True)]
        return [f"below {self.text(self.edges[0])}", *inner, f"above {self.text(self.edges[-1])}"]

    def text(self, value: float) -> str:
        """A value to read."""
        return moment_text(value) if self.is_moment else number_text(value)

    def _ticks(self) -> list[float]:
        """Zero and powers of ten of both signs, far enough apart to be read; the ends where there are none."""
        powers = [10.0**k for k in range(15, -13, -1)]
        low, high = float(self.edges[0]), float(self.edges[-1])
        kept: dict[float, float] = {}
        for value in (0.0, *powers, *(-power for power in powers)):
            place = float(np.interp(value, self.edges, self.places))
            if low <= value <= high and all(abs(place - other) >= len(self.edges) / N_TICKS for other in kept.values()):
                kept[value] = place
        return sorted(kept) if len(kept) > 1 else [low, high]

    def _span(self, low: float, high: float) -> str:
        if self.unit is not None:  # edges lie halfway between values
            low, high = (self.unit * round(edge / self.unit) for edge in (low + self.unit / 2, high - self.unit / 2))
        return self.text(low) if low == high else f"{self.text(low)} – {self.text(high)}"


def number_text(value: float) -> str:
    """A number with four significant digits, or all digits of a whole one.

    Examples
    --------
    >>> [number_text(x) for x in (0.000123456, 12.3456, 123456.0, 12345678.0, 4e15)]
    ['0.0001235', '12.35', '123,456', '12,345,678', '4e+15']
    """
    if abs(value) >= 1e12:
        return f"{value:.4g}"
    return f"{value:,.0f}" if abs(value) >= 1e4 or value == round(value) else f"{value:.4g}"


def instant(seconds: float) -> str:
    """Seconds since 1970 as ISO text."""
    return str(np.datetime64(round(seconds), "s"))


def moment_text(seconds: float) -> str:
    """Seconds since 1970 as a date, with a time unless it is midnight.

    Examples
    --------
    >>> moment_text(86_400.0), moment_text(3600.0)
    ('1970-01-02', '1970-01-01 01:00')
    """
    date, time = instant(seconds).split("T")
    return date if time == "00:00:00" else f"{date} {time.removesuffix(':00')}"


def label(text: str, length: int = LABEL_LENGTH) -> str:
    """Text from data as figures may show it: not as markup, cut where it is long."""
    line = " ".join(text.split())
    return escaped(line if len(line) <= length else f"{line[: length - 1]}…")


def labels(texts: Sequence[str], length: int = LABEL_LENGTH) -> list[str]:
    """The same for several."""
    return [label(text, length) for text in texts]


def escaped(text: str) -> str:
    """Text from data, whole: figures read a little HTML, and entities."""
    return html.escape(text, quote=False)

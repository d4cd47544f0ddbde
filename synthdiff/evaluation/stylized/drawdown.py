"""How probable deep drawdowns are, beside the history and its own noise."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from synthdiff.codecs.token import FloatArray
from synthdiff.evaluation.stylized.sample import Kind, worst_falls
from synthdiff.evaluation.stylized.window import drawn_starts, window_starts, windows
from synthdiff.score import share_interval

DEPTHS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4)
LEVELS = (0.5, 0.75, 0.9, 0.95, 0.99)
REACHED = 0.05
"""Share of the windows that must fall by the first depth; else depths are quantiles of the falls themselves."""
N_DRAWS, N_GRID = 200, 48
BAND = (0.05, 0.95)


@dataclass(frozen=True)
class Drawdown:
    """Probabilities that the maximum drawdown over a path is at least so deep, one of each depth.

    Attributes
    ----------
    depths : tuple of float
        Shares of the peak; of differences, in their unit.
    synthetic, real : tuple of float
        Of the paths, and of the history's windows.
    low, high : tuple of float
        The history's 90 % band: of resamples of its own years.
    intervals : tuple of pair of float
        95 % interval of the paths' probabilities.
    kind : {"return", "difference"}
        What the steps are.
    n_apart : int
        Windows of the history that do not overlap; 0 where it is not known.
    """

    depths: tuple[float, ...]
    synthetic: tuple[float, ...]
    real: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    intervals: tuple[tuple[float, float], ...]
    kind: Kind = "return"
    n_apart: int = 0

    def depth_text(self, depth: float) -> str:
        """A depth to read."""
        return f"{depth:.0%}" if self.kind == "return" else f"{depth:g}"

    @property
    def outside(self) -> tuple[float, ...]:
        """Depths at which the paths' probability lies outside of the band, with its whole 95 % interval.

        Where each of n windows falls so deep, or none does, resamples do too, and their band has no width. But a
        probability of 1 has not been shown then, only one above ``0.05 ** (1 / n)``.
        """
        slack = 1 - BAND[0] ** (1 / self.n_apart) if self.n_apart else 0.0
        rows = zip(self.depths, self.intervals, self.low, self.high, strict=True)
        return tuple(
            depth for depth, (least, most), low, high in rows if most < min(low, 1 - slack) or least > max(high, slack)
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self) | {"outside": list(self.outside)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read what `to_dict` wrote."""
        intervals = tuple((low, high) for low, high in data["intervals"])
        lists = {key: tuple(data[key]) for key in ("depths", "synthetic", "real", "low", "high")}
        return cls(**lists, intervals=intervals, kind=data["kind"], n_apart=data.get("n_apart", 0))


def drawdown(
    real: FloatArray, paths: FloatArray, kind: Kind, rng: np.random.Generator
) -> tuple[Drawdown, dict[str, FloatArray]]:
    """Measure how probable drawdowns are.

    Parameters
    ----------
    real : (T,) float64
        Returns of one asset.
    paths : (n, L) float64
    kind : {"return", "difference"}
    rng : numpy.random.Generator

    Returns
    -------
    Drawdown
    dict of str to (48,) float64
        The same on a fine grid of depths, for a figure: ``depth``, ``synthetic``, ``real``, ``low``, ``high``.
    """
    series, length = real[:, None], paths.shape[1]
    own = worst_falls(windows(series, window_starts(len(real), length), length)[:, :, 0], kind)
    synthetic = worst_falls(paths, kind)
    draws = [windows(series, drawn_starts(len(real), length, rng), length)[:, :, 0] for _ in range(N_DRAWS)]
    falls = [worst_falls(draw, kind) for draw in draws]
    depths = depths_of(own, kind)

    def shares(at: FloatArray) -> dict[str, FloatArray]:
        band = np.quantile([reached(fall, at) for fall in falls], BAND, axis=0)
        return {"synthetic": reached(synthetic, at), "real": reached(own, at), "low": band[0], "high": band[1]}

    at_depths = {key: tuple(map(float, share)) for key, share in shares(depths).items()}
    intervals = tuple(share_interval(share * len(paths), len(paths)) for share in at_depths["synthetic"])
    grid = np.linspace(0, max(float(own.max()), float(np.quantile(synthetic, 0.998))), N_GRID)
    found = Drawdown(
        tuple(map(float, depths)), **at_depths, intervals=intervals, kind=kind, n_apart=len(real) // length
    )
    return found, {"depth": grid} | shares(grid)


def reached(falls: FloatArray, depths: FloatArray) -> FloatArray:
    """Share of the falls (n,) that are at least so deep, for each depth."""
    return np.asarray(1 - np.searchsorted(np.sort(falls), depths, side="left") / len(falls))


def depths_of(falls: FloatArray, kind: Kind) -> FloatArray:
    """Depths to look at: 5 % to 40 %, or quantiles of the history's falls where those say nothing."""
    if kind == "return" and float((falls >= DEPTHS[0]).mean()) >= REACHED:
        return np.array(DEPTHS)
    return np.unique([float(f"{depth:.2g}") for depth in np.quantile(falls, LEVELS)])

"""Steps in which a price does not move at all: pegs, suspensions, calendars that were filled forward, coarse ticks.

References
----------
Lesmond, Ogden, Trzcinka (1999), A new estimate of transaction costs: the share of zero returns as a measure of
illiquidity.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from synthdiff.codecs.token import BoolArray, FloatArray, IntArray
from synthdiff.evaluation.stylized.distance import Subject
from synthdiff.evaluation.stylized.fact import Axis, Fact, Gauge, Telling, element
from synthdiff.evaluation.stylized.season import Clock, slot_means
from synthdiff.evaluation.stylized.series import SeriesData
from synthdiff.evaluation.stylized.subject import N_SHUFFLED, clock_channels
from synthdiff.evaluation.stylized.window import PERIODS, pieces

Hours = tuple[BoolArray, BoolArray]
SMALL = 0.01
"""Share of zero returns up to which they are no state of their own."""
MATERIAL = 0.02
"""Difference of a share that is worth a word."""
FIRST = np.array([1, 2, 3, 6])
"""First lengths of the classes of runs."""
RUNS = ("1 step", "2 steps", "3 to 5 steps", "6 steps or more")


def zero_share(x: FloatArray) -> FloatArray:
    """Return the share of exactly zero returns among those of windows (n, L, 1), as (1,)."""
    return np.array([(x[:, :, 0] == 0).mean()])


def zero_runs(x: FloatArray) -> FloatArray:
    """Return how probable it is that a run of zero returns has 1, 2, 3 to 5, and 6 or more steps, (4,).

    Runs that a window (n, L, 1) cuts off do not count. Without any run, all four are zero.
    """
    lengths = run_lengths(x[:, :, 0] == 0)
    if not len(lengths):
        return np.zeros(len(FIRST))
    place = np.searchsorted(FIRST, lengths, side="right") - 1
    return np.bincount(place, minlength=len(FIRST)) / len(lengths)


def run_lengths(is_zero: BoolArray) -> IntArray:
    """Find the lengths of the runs of True in rows of (n, L) that neither begin nor end with them.

    Examples
    --------
    >>> run_lengths(np.array([[1, 0, 1, 1, 0, 1, 0, 1]], dtype=bool)).tolist()
    [2, 1]
    """
    padded = np.pad(is_zero, ((0, 0), (1, 1)), constant_values=False).astype(np.int8)
    edges = np.diff(padded, axis=1)
    starts, ends = (np.nonzero(edges == sign)[1] for sign in (1, -1))
    inside = (starts > 0) & (ends < is_zero.shape[1])
    return np.asarray((ends - starts)[inside], dtype=np.int64)


def _percent(value: float) -> str:
    return f"{value:.1%}"


_SHARE = Gauge(
    "share of zero returns",
    element(0),
    "prices that should rest move in each step",
    "prices rest too often",
)
_RUNS = tuple(
    Gauge(
        f"share of {words} among the runs of zero returns",
        element(k),
        "prices do not rest for as long as they should",
        "prices rest for other times than they should",
    )
    for k, words in enumerate(RUNS)
)
SHARE: Fact[FloatArray] = Fact(
    "zero share",
    "How often a price does not move at all.",
    "how often prices rest",
    zero_share,
    (_SHARE,),
    telling=Telling((_SHARE.words,), _percent, MATERIAL),
)
LENGTHS: Fact[FloatArray] = Fact(
    "zero runs",
    "For how many steps a price rests: shares of 1, 2, 3 to 5, and 6 or more among the runs of zero returns.",
    "for how long prices rest",
    zero_runs,
    _RUNS,
    Axis("steps of a run", lambda _: RUNS, "share of the runs"),
    telling=Telling(tuple(gauge.words for gauge in _RUNS), _percent, 0.1),
)
FACTS: tuple[Fact[FloatArray], ...] = (SHARE, LENGTHS)


def resting(data: SeriesData) -> list[int]:
    """Find the assets that rest in more than a hundredth of their steps, in the history or in the paths."""
    return [j for j in data.alone if max(_shares(data.steps(j), data.whole[:, :, j])) > SMALL]


def _shares(own: FloatArray, paths: FloatArray) -> tuple[float, float]:
    return float((own == 0).mean()), float((paths == 0).mean())


def zero_subjects(data: SeriesData, rng: np.random.Generator, hours: Hours | None = None) -> Iterator[Subject]:
    """Yield each asset that rests while it is open; its steps in random order know nothing of runs.

    Parameters
    ----------
    data : SeriesData
    rng : numpy.random.Generator
    hours : pair of (T', d) and (L, d) bool, or None
        Steps of the history and of the paths in which each asset is open; None: all. How often a path meets a weekend
        depends on where it begins: steps in which an asset is shut are compared by the clock.
    """
    for j in data.alone:
        own, paths = data.steps(j), data.pieces(j)
        if hours is not None and not (hours[0][:, j].all() and hours[1][:, j].all()):
            own, paths = own[hours[0][data.known[:, j], j]], data.whole[:, hours[1][:, j], j : j + 1]
            length = min(paths.shape[1], len(own) // PERIODS)
            if not length:
                continue
            paths = pieces(paths, length)
        shares = _shares(own, paths)
        if max(shares) <= SMALL:
            continue
        n_runs = len(run_lengths(own[None] == 0))
        yield Subject(
            data.names[j],
            FACTS if min(shares) > SMALL else (SHARE,),
            _itself,
            own[:, None],
            paths,
            own[rng.integers(0, len(own), (N_SHUFFLED, paths.shape[1]))][:, :, None],
            least={SHARE.name: 1 / len(own), LENGTHS.name: 1 / max(n_runs, 1)},
        )


def _itself(x: FloatArray) -> FloatArray:
    return x


def clock_fact(clock: Clock) -> Fact[FloatArray]:
    """Make the fact that an asset rests at some times of a clock: at weekends, in the night."""
    by = "the clock" if clock.name == "time of day" else "the days of the week"
    gauges = tuple(
        Gauge(
            f"share of zero returns {clock.when(k)}",
            element(k),
            f"prices move when they should rest, by {by}",
            f"prices rest when they should move, by {by}",
        )
        for k in range(len(clock.labels))
    )
    return Fact(
        f"{clock.name} zeros",
        f"How the share of zero returns follows {by}.",
        f"rest by {clock.name}",
        partial(_by_slot, len(clock.labels)),
        gauges,
        Axis(clock.name, lambda _: clock.labels, "share of zero returns"),
        telling=Telling(tuple(gauge.words for gauge in gauges), _percent, 0.05),
    )


def clock_subjects(data: SeriesData, clock: Clock, rng: np.random.Generator) -> Iterator[Subject]:
    """Yield each asset that rests, with the slots of its steps; zero returns at random times know nothing of them."""
    fact = clock_fact(clock)
    for j in resting(data):
        real, paths = clock_channels(data, clock, j)
        shuffled = paths[: min(N_SHUFFLED, len(paths))].copy()
        shuffled[:, :, 0] = rng.choice(real[:, 0], shuffled.shape[:2])
        counts = np.bincount(real[:, 1].astype(np.int64) + 1, minlength=len(clock.labels) + 1)[1:]
        least = float(np.sqrt((1 / np.maximum(counts, 1) ** 2).mean()))
        yield Subject(data.names[j], (fact,), _itself, real, paths, shuffled, least={fact.name: least})


def _by_slot(n_slots: int, x: FloatArray) -> FloatArray:
    """Return the share of zero returns in each slot, (n_slots,), of windows of returns and slots, (n, L, 2)."""
    is_zero = (x[:, :, 0] == 0).astype(np.float64)
    return slot_means(is_zero, x[:, :, 1], n_slots, float(is_zero.mean()))

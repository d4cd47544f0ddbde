"""How close synthetic rows lie to those that were learnt from, beside how close held-out rows lie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from synthdiff.privacy.distance import MixedDistance, nearest
from synthdiff.privacy.risk import design_effect
from synthdiff.privacy.rows import UNSEEN_NEEDED, FloatArray, PrivacyRows
from synthdiff.score import Score, bootstrap_interval, share_interval, within

MAX_QUERIES, MAX_FLOOR = 5_000, 2_000
MAX_REAL = 50_000  # that the nearest is looked for among
MAX_SHARE = 25_000  # the same for the share that is closer to train
N_REPLICATES = 200
Middle = Callable[..., Any]
N_BINS = 40
SEEN = "the generator has seen the held-out rows too: they are as close as its own training rows"

_CLOSER = "Share of synthetic rows closer to a training row than to any of as many held-out rows; ties count half."
_DCR = "Distance of the median synthetic row to the closest training row, as a multiple of the median held-out row's."
_NNDR = "Distance to the closest training row over that to the second closest; low means close to one single row."
_COPIES = "Share of synthetic rows that equal a training row in every column."


def closer_share(rows: PrivacyRows) -> Score:
    """Score whether synthetic rows are closer to training rows than to others: the share that is.

    Among equally many of both, under the distance of published comparisons, `MixedDistance.tabsyn`. Fresh rows are as
    often closer to the one as to the other. Synthetic rows that have the same closest row count as one in the interval:
    where that row is a training row by chance, all of them are hits.
    """
    score = Score(
        "dcr_share", "privacy", "Closer to training rows", _CLOSER, None, "lower", bad=1.0, note=UNSEEN_NEEDED
    )
    if not rows.holdout_given:
        return score
    n = min(len(rows.real), len(rows.holdout), MAX_SHARE)
    distance = MixedDistance.tabsyn(rows.real, rows.is_category)
    references = rows.some(rows.real, n, "share", "real"), rows.some(rows.holdout, n, "share", "holdout")

    def share(queries: FloatArray) -> tuple[float, int]:
        (learnt, here), (unseen, there) = (nearest(distance, queries, reference) for reference in references)
        hits = (learnt < unseen) + 0.5 * (learnt == unseen)
        closest = np.where(learnt < unseen, here, n + there)[:, 0]
        return float(hits.mean()), round(len(hits) / design_effect(closest))

    queries = rows.some(rows.synthetic, MAX_QUERIES, "share", "synthetic")
    floor = rows.some(rows.independent, MAX_FLOOR, "share", "independent")
    value, n_effective = share(queries)
    return replace(
        score,
        note="",
        value=value,
        interval=share_interval(value * n_effective, n_effective),
        floor=share(floor)[0],
        ceiling=0.5,
        details={"n_synthetic": len(queries), "n_real": n, "n_holdout": n},
    )


def copy_share(rows: PrivacyRows) -> Score:
    """Score how many synthetic rows are training rows, all of both being compared."""
    known = _keys(rows.learnt)
    copied = int(np.isin(_keys(rows.synthetic), known).sum())
    n = len(rows.synthetic)
    return Score(
        "copies",
        "privacy",
        "Exact copies",
        _COPIES,
        copied / n,
        "lower",
        interval=share_interval(copied, n),
        floor=float(np.isin(_keys(rows.independent), known).mean()),
        ceiling=float(np.isin(_keys(rows.holdout), _keys(rows.real)).mean()),
        bad=1.0,
        details={"n_copies": copied, "n_synthetic": n, "n_real": len(known)},
    )


def _keys(rows: FloatArray) -> Any:
    """One sortable key a row, equal where all values are, (n,)."""
    plain = np.where(np.isnan(rows), np.nan, rows) + 0.0  # one kind of NaN, one of zero
    return np.ascontiguousarray(plain).view(np.dtype((np.void, plain.itemsize * plain.shape[1])))[:, 0]


def distance_scores(rows: PrivacyRows) -> list[Score]:
    """Scores of the distances to the closest and to the second closest training row, under `MixedDistance.gower`.

    That distance is bounded, so that no column and no outlier decides, and says what a missing value is.
    """
    distance = MixedDistance.gower(rows.real, rows.is_category)
    train = rows.some(rows.real, MAX_REAL, "dcr", "real")
    caps = {"synthetic": MAX_QUERIES, "holdout": MAX_QUERIES, "independent": MAX_FLOOR}
    queries = {name: rows.some(getattr(rows, name), n, "dcr", name) for name, n in caps.items()}
    found = {name: nearest(distance, part, train, min(2, len(train)))[0] for name, part in queries.items()}
    note = "" if rows.holdout_given else SEEN
    counts = {"n_synthetic": len(queries["synthetic"]), "n_holdout": len(queries["holdout"]), "n_real": len(train)}
    picture = {"histogram": _histogram(rows, distance, queries["synthetic"])}
    dcr = _dcr_score(rows, {name: part[:, 0] for name, part in found.items()}, note, counts | picture)
    return [dcr, _nndr_score(rows, found, note, counts)]


def _dcr_score(rows: PrivacyRows, found: dict[str, FloatArray], note: str, details: dict[str, Any]) -> Score:
    """Score the distances to the closest training row."""
    score = Score("dcr", "privacy", "Distance to the closest training row", _DCR, None, bad=0.0, note=note)
    middle: Middle = np.median
    word = "median"
    if np.median(found["holdout"]) == 0:  # most held-out rows equal a training row: the rest decides
        middle, word = np.mean, "mean"
    unit = float(middle(found["holdout"]))
    if unit == 0:
        return replace(score, note="every held-out row equals a training row", details=details)
    value = float(middle(found["synthetic"])) / unit
    replicates = [_replicates(rows, found[name], middle, name) for name in ("synthetic", "holdout")]
    ratios = replicates[0] / np.where(replicates[1] > 0, replicates[1], np.nan)
    if word == "mean":
        note = "; ".join(filter(None, [note, "means, as the median held-out row equals a training row"]))
    return replace(
        score,
        note=note,
        value=value,
        interval=_interval(ratios, value, np.inf),
        floor=float(middle(found["independent"])) / unit,
        ceiling=1.0,
        details=details | {f"{word}_{name}": float(middle(part)) for name, part in found.items()},
    )


def _nndr_score(rows: PrivacyRows, found: dict[str, FloatArray], note: str, details: dict[str, Any]) -> Score:
    """Score the ratios of the distances to the closest and to the second closest training row."""
    score = Score("nndr", "privacy", "Closest against second closest", _NNDR, None, bad=0.0, note=note)
    if found["synthetic"].shape[1] < 2:
        return replace(score, note="needs two training rows")
    ratios = {name: _nearness(part) for name, part in found.items()}
    value = float(np.median(ratios["synthetic"]))
    replicates = _replicates(rows, ratios["synthetic"], np.median, "nndr")
    return replace(
        score,
        value=value,
        interval=_interval(replicates, value, 1.0),
        floor=float(np.median(ratios["independent"])),
        ceiling=float(np.median(ratios["holdout"])),
        details=details,
    )


def _nearness(found: FloatArray) -> FloatArray:
    """First over second distance, (n, 2) to (n,); 1 where both are 0, as a row equal to several singles out none."""
    first, second = found.T
    return np.asarray(np.divide(first, second, out=np.ones_like(first), where=second > 0), dtype=np.float64)


def _replicates(rows: PrivacyRows, values: FloatArray, middle: Middle, *keys: str) -> FloatArray:
    """Bootstrap replicates of a median or mean, (R,)."""
    drawn = rows.generator("bootstrap", *keys).integers(0, len(values), (N_REPLICATES, len(values)))
    return np.asarray(middle(values[drawn], axis=1), dtype=np.float64)


def _interval(replicates: FloatArray, value: float, highest: float) -> tuple[float, float] | None:
    """95 % interval within 0 and some highest value; None where too few replicates have a value."""
    if np.isfinite(replicates).sum() < 2:
        return None
    return within(bootstrap_interval(replicates, value), high=highest)


def _histogram(rows: PrivacyRows, distance: MixedDistance, synthetic: FloatArray) -> dict[str, Any]:
    """Shares of rows by their distance to the closest of equally many training or held-out rows."""
    n = min(len(rows.real), len(rows.holdout), MAX_SHARE)
    train, holdout = rows.some(rows.real, n, "picture", "real"), rows.some(rows.holdout, n, "picture", "holdout")
    found = {
        "synthetic_to_train": nearest(distance, synthetic, train)[0],
        "synthetic_to_holdout": nearest(distance, synthetic, holdout)[0],
        "holdout_to_train": nearest(distance, holdout[:MAX_QUERIES], train)[0],
    }
    edges = np.linspace(0, max(float(part.max()) for part in found.values()) or 1.0, N_BINS + 1)
    counts = {name: np.histogram(part, edges)[0] / len(part) for name, part in found.items()}
    return {"edges": edges.tolist(), **{name: count.tolist() for name, count in counts.items()}}

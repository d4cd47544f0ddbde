"""Groups of weighted cases that are alike, and the case in the middle of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from synthdiff.data.split import FloatArray, IntArray
from synthdiff.runtime import spawn_seed

MAX_GROUPS, MIN_MEMBERS = 5, 5
STRUCTURE = 0.25
"""Mean silhouette below which groups are no more than a way to cut one cloud (Kaufman and Rousseeuw 1990, table 4)."""
MAX_SCORED, MAX_CANDIDATES = 2_000, 200
_SEED_BITS = 32  # what scikit-learn takes


@dataclass(frozen=True, eq=False)
class Groups:
    """A partition.

    Attributes
    ----------
    labels : (n,) int64
        Group of each case, from 0.
    silhouette : float
        Mean over the cases; NaN for one group.
    """

    labels: IntArray
    silhouette: float

    @property
    def n_groups(self) -> int:
        """How many groups there are."""
        return int(self.labels.max()) + 1


def find_groups(points: FloatArray, weights: FloatArray, n_groups: int | None = None, random_state: int = 0) -> Groups:
    """Partition weighted points by k-means, into as many groups as are there.

    Parameters
    ----------
    points : (n, d) float64
        In units that make distances comparable.
    weights : (n,) float64
        At least 0.
    n_groups : int, optional
        Default: the number from 2 to `MAX_GROUPS` of the largest mean silhouette, among those whose groups all have
        `MIN_MEMBERS`; one group if that is below `STRUCTURE`.
    random_state : int
        The seed.

    Returns
    -------
    Groups
        Fewer than asked for if there are fewer distinct points.

    References
    ----------
    Rousseeuw (1987), Journal of Computational and Applied Mathematics 20, 53: silhouettes.
    """
    whole = Groups(np.zeros(len(points), dtype=np.int64), np.nan)
    n_distinct = len(np.unique(points, axis=0))
    if n_groups is not None:
        k = min(n_groups, n_distinct)
        return whole if k < 2 else _partition(points, weights, k, random_state)
    tried = [_partition(points, weights, k, random_state) for k in range(2, min(MAX_GROUPS, n_distinct - 1) + 1)]
    fit = [groups for groups in tried if np.bincount(groups.labels).min() >= MIN_MEMBERS and groups.silhouette > 0]
    best = max(fit, key=lambda groups: groups.silhouette, default=whole)
    return best if best.silhouette >= STRUCTURE else whole


def find_medoid(points: FloatArray, weights: FloatArray) -> int:
    """The point whose weighted distances to all others sum to the least; sought among those nearest to the mean.

    Parameters
    ----------
    points : (n, d) float64
    weights : (n,) float64
        At least 0; not all 0.

    Returns
    -------
    int
        Its position.
    """
    centre = weights @ points / weights.sum()
    near = np.argsort(((points - centre) ** 2).sum(axis=1), kind="stable")[:MAX_CANDIDATES]
    return int(near[(cdist(points[near], points) @ weights).argmin()])


def _partition(points: FloatArray, weights: FloatArray, k: int, random_state: int) -> Groups:
    seed = spawn_seed(random_state, "groups", k) % 2**_SEED_BITS
    labels = KMeans(k, n_init=10, random_state=seed % 2**32).fit_predict(points, sample_weight=weights).astype(np.int64)
    rows = np.arange(len(points))
    if len(rows) > MAX_SCORED:
        rng = np.random.default_rng(spawn_seed(random_state, "silhouette"))
        rows = rng.choice(len(points), MAX_SCORED, replace=False)
    n_seen = len(np.unique(labels[rows]))
    score = float(silhouette_score(points[rows], labels[rows])) if 1 < n_seen < len(rows) else np.nan
    return Groups(labels, score)

"""The tilt that is likeliest given weighted paths: cross-entropy's step, in closed form where there is one."""

from __future__ import annotations

import numpy as np
from scipy.special import logsumexp

from synthdiff.data.interval import effective_size
from synthdiff.data.split import FloatArray
from synthdiff.sampling.tilt import NoiseSummary, Tilt, TiltMixture

SIGNIFICANCE = 2.5
"""Standard errors below which a mean or a variance is left as it is without a tilt."""
WIDEST = 1.3
STRETCH = (0.3, 1.5)
SHORT = 0.3
"""Shifts shorter than this over all steps have no direction to speak of."""
MAX_TILTS, PATHS_PER_TILT = 5, 50.0
"""At most so many, each for as many effective paths."""
CLUSTERED = 12
"""Means that paths are told apart by, the most significant ones."""
CLUSTERED_SIGNIFICANCE = 3.0
WIDER = 1.2
"""How much more than chance alone gives is a variance that tells paths apart."""
N_ITERATIONS = 30
LEAST_SHARE = 1e-3
UNIFORM = 0.1
"""Share of the starts that are left as they are."""
NEWTON_STEPS = 20


def fit_mixture(
    noise: NoiseSummary, weights: FloatArray, features: FloatArray, rng: np.random.Generator
) -> TiltMixture:
    """Fit a mixture of tilts, so that paths which do the same in different ways have one each.

    Parameters
    ----------
    noise : NoiseSummary
        Of n paths.
    weights : (n,) float64
        At least 0.
    features : (N, S) float64
        What the preference among the starts is linear in; S may be 0.
    rng : numpy.random.Generator
        For where clusters begin.

    References
    ----------
    Rubinstein, R. Y. (1999). The cross-entropy method for combinatorial and continuous optimization. Methodology and
    Computing in Applied Probability 1, 127-190. Kurtz, N. and Song, J. (2013). Cross-entropy-based adaptive importance
    sampling using Gaussian mixture. Structural Safety 42, 35-44.
    """
    shares = weights / weights.sum()
    member, share = _clusters(noise, shares, rng)
    floor = 1e-9 * shares  # so that no cluster is empty
    tilts = tuple(fit_tilt(noise, part * shares + floor, features) for part in member.T)
    return TiltMixture(tilts, share)


def fit_tilt(noise: NoiseSummary, weights: FloatArray, features: FloatArray) -> Tilt:
    """Fit one tilt, where means and variances are clearly not what they are by themselves; see `fit_mixture`."""
    shares = weights / weights.sum()
    n, length = effective_size(shares), noise.lengths[:, None]
    mean = np.einsum("n,nbd->bd", shares, noise.total) / length
    mean = np.where(np.abs(mean) > SIGNIFICANCE / np.sqrt(n * length), mean, 0.0)
    square = np.einsum("n,nbd->bd", shares, noise.square) / length
    first = np.einsum("n,nbd->bd", shares, noise.total) / length
    variance = square - 2 * mean * first + mean**2
    variance = np.where(np.abs(variance - 1) > SIGNIFICANCE * np.sqrt(2 / (n * length)), variance, 1.0)
    deviation = np.sqrt(np.clip(variance, 1.0, WIDEST**2))
    direction, stretch = _stretch(noise, shares, mean, deviation, n)
    return Tilt(mean, deviation, direction, stretch, _starts(noise, shares, features, n))


def start_features(summary: FloatArray) -> FloatArray:
    """What preferences among N starts are linear in: (N, S) numbers about them, standardised, and the first squared."""
    spread = summary.std(axis=0)
    told = spread > 0
    standard = (summary[:, told] - summary[:, told].mean(axis=0)) / spread[told]
    return np.concatenate([standard, standard[:, :1] ** 2 - 1], axis=1) if told.any() else standard


def _stretch(
    noise: NoiseSummary, shares: FloatArray, mean: FloatArray, deviation: FloatArray, n: float
) -> tuple[FloatArray, float]:
    """Direction of the shift, and the standard deviation along it."""
    length = noise.lengths[:, None]
    direction = mean / deviation
    size = float(np.sqrt((length * direction**2).sum()))
    if size < SHORT:
        return np.zeros_like(mean), 1.0
    direction = direction / size
    along = np.einsum("nbd,bd->n", (noise.total - length * mean) / deviation, direction)
    variance = float(shares @ (along - shares @ along) ** 2)
    if abs(variance - 1) <= SIGNIFICANCE * np.sqrt(2 / n):
        return np.zeros_like(mean), 1.0
    return direction, float(np.clip(np.sqrt(variance), *STRETCH))


def _starts(noise: NoiseSummary, shares: FloatArray, features: FloatArray, n: float) -> FloatArray:
    """Log of how much likelier each start becomes: an exponential family in the features, by Newton's method.

    The maximum likelihood matches the features' means; a ridge as strong as a few paths keeps it finite.
    """
    n_starts, n_features = features.shape
    if not n_features:
        return np.zeros(n_starts)
    goal, ridge = shares @ features[noise.start], 4 / n

    def value(theta: FloatArray) -> float:
        return float(goal @ theta - logsumexp(features @ theta) - ridge / 2 * theta @ theta)

    theta = np.zeros(n_features)
    for _ in range(NEWTON_STEPS):
        tilted = np.exp(features @ theta - logsumexp(features @ theta))
        mean = tilted @ features
        centred = features - mean
        curvature = (centred * tilted[:, None]).T @ centred + ridge * np.eye(n_features)
        step = np.linalg.solve(curvature, goal - mean - ridge * theta)
        size = 1.0
        while value(theta + size * step) < value(theta) and size > 1e-4:
            size /= 2
        theta = theta + size * step
    log_share = features @ theta - logsumexp(features @ theta)
    return np.asarray(np.log((1 - UNIFORM) * np.exp(log_share) * n_starts + UNIFORM))


def _clusters(noise: NoiseSummary, shares: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """How much each of n paths belongs to each cluster, (n, K), and the clusters' shares: EM with unit variances."""
    n_clusters = int(min(MAX_TILTS, max(effective_size(shares) / PATHS_PER_TILT, 1)))
    x = _telling(noise, shares)
    if n_clusters == 1 or not x.shape[1]:
        return np.ones((len(noise), 1)), np.ones(1)
    centres = x[rng.choice(len(x), n_clusters, p=shares)] + 1e-3 * rng.standard_normal((n_clusters, x.shape[1]))
    share = np.full(n_clusters, 1 / n_clusters)
    for _ in range(N_ITERATIONS):
        log_member = x @ centres.T - 0.5 * (centres**2).sum(axis=1) + np.log(share)
        member = np.exp(log_member - logsumexp(log_member, axis=1, keepdims=True))
        mass = shares @ member + LEAST_SHARE
        share = mass / mass.sum()
        centres = ((member * shares[:, None]).T @ x) / mass[:, None]
    return member, share


def _telling(noise: NoiseSummary, shares: FloatArray) -> FloatArray:
    """What paths are told apart by, (n, C): block means far from 0, and where paths go either way, the way they go."""
    n = effective_size(shares)
    x = (noise.total / np.sqrt(noise.lengths)[:, None]).reshape(len(noise), -1)
    mean = shares @ x
    strength = np.abs(mean) * np.sqrt(n)
    told = np.argsort(-strength, kind="stable")[:CLUSTERED]
    told = told[strength[told] > CLUSTERED_SIGNIFICANCE]
    spread, ways = np.linalg.eigh((x - mean).T @ ((x - mean) * shares[:, None]))
    # beyond this, no direction of so many independent numbers is likely to have its variance (Marchenko, Pastur 1967)
    edge = WIDER * (1 + np.sqrt(x.shape[1] / n)) ** 2
    return np.concatenate([x[:, told], x @ ways[:, spread > edge][:, -1:]], axis=1)

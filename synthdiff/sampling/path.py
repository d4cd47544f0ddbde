"""Paths of any length from noise: windows one after another, each seeing the end of the one before.

A path is a fixed function of where it starts and of its noise, ``z_1`` of each step. So the same seed gives the same
paths, whatever is drawn together; and what makes the noise likelier makes the path likelier by exactly as much, which
is what importance sampling of rare scenarios needs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import torch
from torch import Tensor

from synthdiff.codecs.series.channel import BoolArray, FloatArray
from synthdiff.codecs.series.normal import NormalScore
from synthdiff.codecs.series.window import Decoded, WindowCodec, WindowState
from synthdiff.errors import SamplingError
from synthdiff.networks.series import Context, SeriesDenoiser
from synthdiff.runtime import autocast
from synthdiff.sampling.multistep import STEPS, multistep

BATCH = 512
STRIDE = 16
"""Windows are drawn with a multiple of so many steps, as they are learnt. A network that is given another number
repeats the last step, and a shock that is repeated is a shock that lasts."""
MEMORY = 16
"""Steps of the past that are shown at most, besides the volatilities that all of it leads to.

The more a network is shown, the better it remembers what came then: forecasts of the S&P 500's last 1,000 days over 20
days, fitted before, have a CRPS of .0280 with 8 to 16 steps, .0282 with none, .0285 with 64 (filtered historical
simulation: .0281).
"""


@dataclass(frozen=True, eq=False)
class PathStart:
    """Where n paths start.

    Attributes
    ----------
    state : WindowState
        Before the first step.
    past : (n, P, D) float64
        Series just before the first step, what the network is shown; P may be 0.
    past_scale : (n, P, K) float64
        Their log volatilities.
    """

    state: WindowState
    past: FloatArray
    past_scale: FloatArray

    def __len__(self) -> int:
        return len(self.state)

    def take(self, rows: Any) -> PathStart:
        """The given paths."""
        return PathStart(self.state.take(rows), self.past[rows], self.past_scale[rows])

    def followed_by(self, decoded: Decoded, memory: int) -> PathStart:
        """Where paths stand after more steps; the last `memory` are remembered."""
        past = np.concatenate([self.past, decoded.series], axis=1)[:, -memory:]
        scale = np.broadcast_to(decoded.log_volatility, (*decoded.series.shape[:2], self.past_scale.shape[2]))
        return PathStart(decoded.after, past, np.concatenate([self.past_scale, scale], axis=1)[:, -memory:])


@dataclass(frozen=True, eq=False)
class Sessions:
    """What is known of the steps that are to be drawn.

    Attributes
    ----------
    is_open : (L, A) bool
        Steps in which the followed assets trade.
    log_scale : (L, A) float64
        Logarithm of the volatility that is usual at the time.
    """

    is_open: BoolArray
    log_scale: FloatArray


@dataclass(frozen=True, eq=False)
class Finish:
    """What is done to returns once they are drawn.

    Attributes
    ----------
    recalibrate : callable or None
        Maps returns of the followed assets, (..., A); None: they stay as they are.
    shift : (A,) float64 or None
        What is added to each return of an asset that moves; None: nothing.
    """

    recalibrate: Callable[[FloatArray], FloatArray] | None = None
    shift: FloatArray | None = None


@dataclass(frozen=True, eq=False)
class PathSampler:
    """Draws paths with a trained network.

    Attributes
    ----------
    network : SeriesDenoiser
        In evaluation mode.
    codec : WindowCodec
    calibration : tuple of NormalScore
        One a series: of scores as the network draws them, the scores that they should have been. Empty: none.
    window : int
        Steps that the network was trained on; half of them may be seen.
    precision : torch.dtype
        Of matrix products.
    n_steps : int
        Of the solver; each evaluates the network once.
    centre : (K,) float64 or None
        Mean of the innovations that are drawn, which is taken away; None: nothing.
    """

    network: SeriesDenoiser
    codec: WindowCodec
    calibration: tuple[NormalScore, ...]
    window: int
    precision: torch.dtype
    n_steps: int = STEPS
    centre: FloatArray | None = None

    @property
    def n_noise(self) -> int:
        """Normal numbers that a step of a path takes: of the series, then of the chains of zero returns."""
        return self.codec.n_series + len(self.codec.returns.zeros)

    @property
    def memory(self) -> int:
        """Steps of the past that the network is shown."""
        return min(MEMORY, self.window // 2)

    def draw(
        self,
        noise: FloatArray,
        start: PathStart,
        covariates: FloatArray | None = None,
        sessions: Sessions | None = None,
        finish: Finish | None = None,
    ) -> FloatArray:
        """Turn noise into paths.

        Parameters
        ----------
        noise : (n, L, n_noise) float
            Standard normal; as many steps as the paths shall have.
        start : PathStart
        covariates : (n, P + L, C) float64 or None
            Of the past that `start` holds and of the steps that are drawn; None: not known.
        sessions : Sessions or None
            None: all assets trade in all steps, and all steps are alike.
        finish : Finish or None

        Returns
        -------
        (n, L, K) float64
            Steps, as channels.
        """
        if sessions is None:
            shape = (noise.shape[1], len(self.codec.followed))
            sessions = Sessions(np.ones(shape, dtype=bool), np.zeros(shape))
        finish = Finish() if finish is None else finish
        parts = []
        for rows in (slice(at, at + BATCH) for at in range(0, len(noise), BATCH)):
            shown = None if covariates is None else covariates[rows]
            steps, moving = self._draw(noise[rows], start.take(rows), shown, sessions.is_open)
            parts.append(self._finished(steps, moving, sessions, finish))
        return np.concatenate(parts)

    def between(
        self,
        noise: FloatArray,
        start: PathStart,
        after: FloatArray,
        covariates: FloatArray | None = None,
        moving: BoolArray | None = None,
    ) -> Decoded:
        """Turn noise into the steps between a past and what came after them: one window, both ends of it seen.

        Parameters
        ----------
        noise : (n, L, D) float
            Standard normal.
        start : PathStart
        after : (A, D) float64
            z_0 of the steps that follow, the same for all paths; A may be 0.
        covariates : (P + L + A, C) float64 or None
            Of the past, the steps that are drawn and those that follow, the same for all paths; None: not known.
        moving : (n, L, F) bool or None
            Steps in which followed assets move; the volatility of others stays. None: all.
        """
        scores = self._calibrated(self.scores(noise, start, after, covariates))
        return self.codec.decode(scores, start.state, self.centre, moving)

    def scores(
        self,
        noise: FloatArray,
        start: PathStart,
        after: FloatArray | None = None,
        covariates: FloatArray | None = None,
    ) -> FloatArray:
        """Uncalibrated scores of one window after each start, (n, L, D); `after`, `covariates` as of `between`."""
        windows = []
        for at in range(0, len(noise), BATCH):
            part = noise[at : at + BATCH]
            shown = None if covariates is None else np.broadcast_to(covariates, (len(part), *covariates.shape))
            windows.append(self._window(part, start.take(slice(at, at + BATCH)), shown, after))
        return np.concatenate(windows) @ self.codec.mixing

    def decoded(self, scores: FloatArray, start: PathStart) -> Decoded:
        """One window of uncalibrated scores, (n, L, D), after each start, of assets that always move."""
        return self.codec.decode(self._calibrated(scores), start.state, self.centre)

    def _draw(
        self, noise: FloatArray, start: PathStart, covariates: FloatArray | None, is_open: BoolArray
    ) -> tuple[FloatArray, BoolArray]:
        """Steps of channels, (n, L, K), and which followed assets move, (n, L, A)."""
        zeros, n_series = self.codec.returns.zeros, self.codec.n_series
        zero, _ = zeros.run(noise[..., n_series:], start.state.runs, is_open)
        moving, noise = is_open & ~zero, noise[..., :n_series]
        done, known, out = 0, start.past.shape[1], []
        while done < noise.shape[1]:
            length = min(self.window - start.past.shape[1], noise.shape[1] - done)
            at = known + done
            shown = None if covariates is None else covariates[:, at - start.past.shape[1] : at + length]
            scores = self._window(noise[:, done : done + length], start, shown) @ self.codec.mixing
            moves = None if moving.all() else moving[:, done : done + length]
            decoded = self.codec.decode(self._calibrated(scores), start.state, self.centre, moves)
            out.append(decoded.steps)
            done += length
            start = start.followed_by(decoded, self.memory)
        return np.concatenate(out, axis=1), moving

    def _finished(self, steps: FloatArray, moving: BoolArray, sessions: Sessions, finish: Finish) -> FloatArray:
        """Steps in their units: quantiles as they should be, what is usual at the time, prices that do not move."""
        followed = list(self.codec.followed)
        moves = steps[..., followed]
        if finish.recalibrate is not None:
            moves = finish.recalibrate(moves)
        moves = moves * np.exp(sessions.log_scale)
        if finish.shift is not None:
            moves = moves + finish.shift
        steps[..., followed] = np.where(moving, moves, -self.codec.returns.means)
        return steps

    @torch.no_grad()
    def _window(
        self, noise: FloatArray, start: PathStart, covariates: FloatArray | None, after: FloatArray | None = None
    ) -> FloatArray:
        """z_0 of the steps after a start, (n, L, D), from their noise; `after` are those that follow, (A, D)."""
        n, n_past, length = len(noise), start.past.shape[1], noise.shape[1]
        device = self.network.device
        after = noise[0, :0] if after is None else after
        n_more = -(n_past + length + len(after)) % STRIDE
        if covariates is not None:
            covariates = np.pad(covariates, ((0, 0), (0, n_more), (0, 0)), mode="edge")
        context = self._context(start, length, after, n_more, covariates).to(device)
        seen = [np.zeros((n, n_steps, noise.shape[2])) for n_steps in (n_past, len(after))]
        padded = np.concatenate([seen[0], noise, seen[1], _more_noise(noise, n_more)], axis=1)
        z_1 = torch.from_numpy(padded).float().to(device)

        def posterior(z: Tensor, log_snr: Tensor) -> Tensor:
            with autocast(device, self.precision):
                out: Tensor = self.network(z, log_snr.expand(n), context)
            return out

        z_0 = multistep(posterior, z_1, self.n_steps)[:, n_past : n_past + length].cpu().double()
        if not bool(z_0.isfinite().all()):
            raise SamplingError("the network gives no numbers: its weights are damaged")
        return np.asarray(z_0.numpy())

    def _context(
        self, start: PathStart, length: int, after: FloatArray, n_more: int, covariates: FloatArray | None
    ) -> Context:
        n, n_past, width = start.past.shape
        known = slice(n_past + length, n_past + length + len(after))
        clean = np.zeros((n, known.stop + n_more, width))
        if n_past:
            clean[:, :n_past] = self._past_scores(start)
        clean[:, known] = after
        seen = np.zeros(clean.shape, dtype=bool)
        seen[:, :n_past] = seen[:, known] = True
        n_covariates = self.network.layout.n_covariates
        shown = np.zeros((*clean.shape[:2], n_covariates)) if covariates is None else covariates
        return Context(
            torch.from_numpy(clean).float(),
            torch.from_numpy(seen),
            torch.from_numpy(shown).float(),
            torch.from_numpy(self.codec.summary(start.state)).float(),
        )

    def _past_scores(self, start: PathStart) -> FloatArray:
        """The past as the network is shown it; divided by the volatility where the paths start, if that scales them."""
        running = self.codec.scaling == "running"
        scale = start.past_scale if running else self.codec.filter.log_volatility(start.state)[:, None]
        rng = np.random.default_rng(0)  # only where among the scores of a frequent value one lies
        return self.codec.encode_series(start.past, scale, rng, alike=True)

    def _calibrated(self, scores: FloatArray) -> FloatArray:
        if not self.calibration:
            return scores
        return np.stack([table.encode(scores[..., k]) for k, table in enumerate(self.calibration)], axis=-1)


def _more_noise(noise: FloatArray, n_steps: int) -> FloatArray:
    """Noise of steps after the last, (n, n_steps, D), that are drawn and not kept: that of each path seeds its own."""
    if not n_steps:
        return noise[:, :0]
    seeds = [int.from_bytes(blake2b(row.tobytes(), digest_size=8).digest()) for row in noise]
    return np.stack([np.random.default_rng(seed).standard_normal((n_steps, noise.shape[2])) for seed in seeds])

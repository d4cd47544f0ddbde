"""Put the frequencies of sampled tokens right.

A network that conditions well can still drift in the mean: small errors of every column add up along the order in which
columns are revealed. Sampling some rows shows the drift, and moving each token's output bias by the log ratio of its
real to its sampled frequency takes it out; columns revealed later then condition on the right mix, so two rounds
suffice. Frequencies are means of the probabilities that tokens are drawn by, not counts of what is drawn: in 12,000
rows the count of a bin is off by 7 %, and would put that much noise into every bias.
"""

from __future__ import annotations

import time

import numpy as np
import torch

from synthdiff.batch import Cells
from synthdiff.codecs.alphabet import TableAlphabet
from synthdiff.codecs.numbering import CHUNK
from synthdiff.diffusion.masked import MaskedProcess
from synthdiff.networks.ensemble import DenoiserEnsemble
from synthdiff.runtime import generator, spawn_seed
from synthdiff.sampling.settle import Settlement
from synthdiff.sampling.unmask import UnmaskSampler

ROUNDS, MAX_CHUNKS = 2, 8
PRIOR_ROWS = 10.0
"""Rows that a token's two frequencies are shrunk by: rare ones hardly move."""
MAX_SHIFT = 0.5
MIN_ROWS, PROBE_ROWS, PROBE_FACTOR = 512, 64, 3.0
"""Rows that frequencies can be told from, rows whose drawing is timed, and how much longer the former take."""
LEAST_SECONDS = 1e-3
"""What drawing a column of few rows takes on fast machines; less time is not even tried."""
FEW_COLUMNS = 100
"""Columns up to which rows are drawn in whole chunks."""


@torch.no_grad()
def calibrate(
    network: DenoiserEnsemble,
    alphabet: TableAlphabet,
    order: list[int],
    real: Cells,
    precision: torch.dtype,
    seed: int,
    seconds: float | None = None,
    settlement: Settlement | None = None,
) -> bool:
    """Shift the output biases of a network, in place, and say whether there was time for it.

    Parameters
    ----------
    network : DenoiserEnsemble
        In evaluation mode.
    alphabet : TableAlphabet
    order : list of int
        Columns as they are revealed.
    real : Cells
        The rows that were learnt, on the network's device.
    precision : torch.dtype
        Of matrix products in sampling.
    seed : int
    seconds : float or None
        Time that this may take; fewer rows are drawn where it is short. None: no limit.
    settlement : Settlement or None
        The rules that cells are put right by.
    """
    process = MaskedProcess(alphabet, order, network.device)
    target = token_counts(process, real, alphabet.offsets[-1])
    n_rows = min(-(-len(real) // CHUNK), MAX_CHUNKS) * CHUNK
    sampler = UnmaskSampler(network, alphabet, order, precision, settlement=settlement)
    end = None if seconds is None else time.monotonic() + seconds
    size = _whole_piece(len(order)) if end is None else _piece_in_time(sampler, end, seed)
    if not size:
        return False
    for round_ in range(ROUNDS):
        share = None if end is None else time.monotonic() + (end - time.monotonic()) / (ROUNDS - round_)
        drawn = _frequencies(sampler, n_rows, size, spawn_seed(seed, "calibrate", round_), share)
        drawn *= target.sum() / drawn.sum()
        shift = ((target + PRIOR_ROWS) / (drawn + PRIOR_ROWS)).log().clamp(-MAX_SHIFT, MAX_SHIFT)
        for member in network.members:
            member.head.bias.add_(shift.to(member.head.bias))
    return True


def _whole_piece(n_columns: int) -> int:
    """How many rows are drawn at once where time is no matter."""
    return CHUNK if n_columns <= FEW_COLUMNS else max(MIN_ROWS, CHUNK * FEW_COLUMNS // n_columns)


def _piece_in_time(sampler: UnmaskSampler, end: float, seed: int) -> int:
    """How many rows to draw at once so that all rounds end in time, by drawing a few; 0 where there is no time."""
    began, n_columns = time.monotonic(), len(sampler.order)
    if began + (1 + ROUNDS * PROBE_FACTOR) * LEAST_SECONDS * n_columns > end:
        return 0
    sampler.draw(PROBE_ROWS, generator(seed, "probe"))
    now = time.monotonic()
    least = PROBE_FACTOR * (now - began)
    whole = _whole_piece(n_columns)
    if now + ROUNDS * least * whole / MIN_ROWS <= end:
        return whole
    return MIN_ROWS if now + ROUNDS * least <= end else 0


def _frequencies(sampler: UnmaskSampler, n_rows: int, size: int, seed: int, end: float | None) -> torch.Tensor:
    """Sum the probabilities that tokens are drawn by, (T,) float64, over some rows; fewer where time is short."""
    drawn = torch.zeros(sampler.alphabet.offsets[-1], dtype=torch.float64)
    for piece, start in enumerate(range(0, n_rows, size)):
        began = time.monotonic()
        sampler.draw(min(size, n_rows - start), generator(seed, piece), drawn)
        now = time.monotonic()
        if end is not None and now + (now - began) > end:
            break
    return drawn


def token_counts(process: MaskedProcess, cells: Cells, n_tokens: int) -> torch.Tensor:
    """How many cells each token codes when all is revealed in the preferred order, (n_tokens,) float64."""
    out = torch.zeros(n_tokens, dtype=torch.float64)
    for start in range(0, len(cells), CHUNK):
        batch = cells.take(slice(start, start + CHUNK))
        everything = torch.full((len(batch), 1), process.n_columns)
        noisy = process.perturb(batch, process.preferred_times(len(batch), everything).to(batch.base.device))
        out += torch.from_numpy(np.bincount(noisy.tokens.cpu().numpy().ravel(), minlength=n_tokens))
    return out

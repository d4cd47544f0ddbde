"""Put the frequencies of sampled tokens right.

A network that conditions well can still drift in the mean: small errors of every column add up along the order in which
columns are revealed. Sampling some rows shows the drift, and moving each token's output bias by the log ratio of its
real to its sampled frequency takes it out; columns revealed later then condition on the right mix, so two rounds
suffice. Frequencies are means of the probabilities that tokens are drawn by, not counts of what is drawn: in 12,000
rows the count of a bin is off by 7 %, and would put that much noise into every bias.
"""

from __future__ import annotations

import numpy as np
import torch

from synthdiff.batch import Cells
from synthdiff.codecs.alphabet import TableAlphabet
from synthdiff.diffusion.masked import MaskedProcess
from synthdiff.networks.ensemble import DenoiserEnsemble
from synthdiff.runtime import generator
from synthdiff.sampling.unmask import CHUNK, UnmaskSampler

ROUNDS, MAX_CHUNKS = 2, 8
PRIOR_ROWS = 10.0
"""Rows that a token's two frequencies are shrunk by: rare ones hardly move."""
MAX_SHIFT = 0.5


@torch.no_grad()
def calibrate(
    network: DenoiserEnsemble, alphabet: TableAlphabet, order: list[int], real: Cells, precision: torch.dtype, seed: int
) -> None:
    """Shift the output biases of a network, in place.

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
    """
    device = network.device
    process = MaskedProcess(alphabet, order, device)
    target = token_counts(process, real, alphabet.offsets[-1])
    n_chunks = min(-(-len(real) // CHUNK), MAX_CHUNKS)
    for round_ in range(ROUNDS):
        sampler = UnmaskSampler(network, alphabet, order, precision)
        drawn = torch.zeros_like(target)
        for chunk in range(n_chunks):
            sampler.draw(CHUNK, generator(seed, "calibrate", round_, chunk), drawn)
        drawn *= target.sum() / drawn.sum()
        shift = ((target + PRIOR_ROWS) / (drawn + PRIOR_ROWS)).log().clamp(-MAX_SHIFT, MAX_SHIFT)
        for member in network.members:
            member.head.bias.add_(shift.to(member.head.bias))


def token_counts(process: MaskedProcess, cells: Cells, n_tokens: int) -> torch.Tensor:
    """How many cells each token codes when all is revealed in the preferred order, (n_tokens,) float64."""
    out = torch.zeros(n_tokens, dtype=torch.float64)
    for start in range(0, len(cells), CHUNK):
        batch = cells.take(slice(start, start + CHUNK))
        everything = torch.full((len(batch), 1), process.n_columns)
        noisy = process.perturb(batch, process.preferred_times(len(batch), everything).to(batch.base.device))
        out += torch.from_numpy(np.bincount(noisy.tokens.cpu().numpy().ravel(), minlength=n_tokens))
    return out

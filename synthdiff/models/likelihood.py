"""Log-density bounds of rows under a fitted model."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from synthdiff.codecs.alphabet import TableAlphabet
from synthdiff.diffusion.masked import MaskedProcess
from synthdiff.networks.ensemble import DenoiserEnsemble
from synthdiff.training.objective import Objective

CHUNK = 4096


def log_prob(
    network: DenoiserEnsemble, alphabet: TableAlphabet, order: list[int], values: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Log-density bound of each row along the preferred order, (n,), in nats.

    Positions within tokens count as uniform, also in columns where a stage within bins draws them better: the rows that
    are sampled are then likelier than this bound says.

    Parameters
    ----------
    network : DenoiserEnsemble
        In evaluation mode.
    alphabet : TableAlphabet
    order : list of int
        The preferred order.
    values : (n, D) float64
        Values of the learnt columns, NaN where missing.
    """
    device = network.device
    objective = Objective(MaskedProcess(alphabet, order, device), alphabet.offsets)
    out = [np.empty(0)]
    for start in range(0, len(values), CHUNK):
        cells = alphabet.encode(values[start : start + CHUNK]).cells(device)
        out.append(-objective.row_bound(network, cells).sum(1).double().cpu().numpy())
    return np.concatenate(out)

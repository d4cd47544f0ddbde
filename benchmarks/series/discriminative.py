"""The discriminative score: how much better than a coin a network tells real windows from synthetic ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import softplus

from benchmarks.series.recurrent import Recurrent, draw_batches, outputs, train
from benchmarks.series.window import check_windows
from synthdiff.runtime import choose_device, spawn_seed

FloatArray = npt.NDArray[np.float64]

ITERATIONS = 2_000
_TRAIN_SHARE = 0.8


def discriminative_score(
    real: FloatArray, synthetic: FloatArray, seed: int = 0, *, iterations: int = ITERATIONS, n_layers: int = 1
) -> float:
    """|accuracy - 1/2| of one network; see `discriminative_scores`, which trains several in the time of one."""
    return float(discriminative_scores(real, synthetic, [seed], iterations=iterations, n_layers=n_layers)[0])


def discriminative_scores(
    real: FloatArray,
    synthetic: FloatArray,
    seeds: Sequence[int],
    *,
    iterations: int = ITERATIONS,
    n_layers: int = 1,
    device: str = "auto",
) -> FloatArray:
    """|accuracy - 1/2| on held-out windows of networks trained to tell real from synthetic: 0 the best, .5 the worst.

    Of both kinds of windows a random 80 % train and the rest test. The network reads a window and says at its end
    whether it is real: one layer of GRU with half as many units as there are columns, 2,000 iterations of Adam, 128
    windows of each kind at a time.

    The score cannot be negative and the test windows are few, so that it is not 0 for windows of the same law: a coin
    gets sqrt(1 / (2 pi n)) of n test windows, .010 for Stocks and .0045 for Energy. A network that calls all windows
    real gets 0.

    Parameters
    ----------
    real, synthetic : float array, (n, length, n_columns)
        In [0, 1]. The papers take as many of both.
    seeds : sequence of int
        One a repetition: split, batches, initial weights.
    iterations : int
    n_layers : int
        1, as in the code of both papers, which their tables were made with. TimeGAN's text says 2.
    device : str
        As in `synthdiff.runtime.choose_device`.

    Returns
    -------
    float64 array, (n_seeds,)

    Raises
    ------
    ValueError
        The windows do not fit each other, or are not finite.

    References
    ----------
    Yoon, Jarrett, van der Schaar: Time-series generative adversarial networks. NeurIPS 2019, section 5, "similarity".
    """
    check_windows(real, synthetic)
    place = choose_device(device)
    windows = [torch.as_tensor(part, dtype=torch.float32).to(place) for part in (real, synthetic)]
    split = [_split(seeds, name, len(part)) for name, part in zip(("real", "synthetic"), windows, strict=True)]
    batches = [
        draw_batches(seeds, name, rows, iterations).to(place)
        for name, (rows, _) in zip(("real", "synthetic"), split, strict=True)
    ]
    n_columns = real.shape[2]
    network = Recurrent(seeds, n_columns, max(n_columns // 2, 1), n_layers).to(place)

    def loss(iteration: int) -> Tensor:
        rows = [batch[iteration] for batch in batches]
        both = torch.cat([part[some] for part, some in zip(windows, rows, strict=True)], dim=1)
        logits = network(both)[..., -1]
        true, made = torch.split(logits, [some.shape[1] for some in rows], dim=1)
        return softplus(-true).mean(dim=1) + softplus(made).mean(dim=1)

    train(network, loss, iterations)
    true, made = (
        outputs(network, part, torch.from_numpy(rows).to(place))[..., -1] > 0
        for part, (_, rows) in zip(windows, split, strict=True)
    )
    accuracy = torch.cat([true, ~made], dim=1).double().mean(dim=1)
    return np.abs(accuracy.cpu().numpy() - 0.5)


def _split(seeds: Sequence[int], name: str, n_rows: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rows that train and rows that test, (n_seeds, ...)."""
    orders = [np.random.default_rng(spawn_seed(seed, "split", name)).permutation(n_rows) for seed in seeds]
    n_train = int(n_rows * _TRAIN_SHARE)
    shuffled = np.stack(orders).astype(np.int64)
    return shuffled[:, :n_train], shuffled[:, n_train:]

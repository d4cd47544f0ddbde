"""The predictive score: how well a network that has only seen synthetic windows predicts the next step of real ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from benchmarks.series.recurrent import Recurrent, draw_batches, outputs, train
from benchmarks.series.window import check_windows
from synthdiff.runtime import choose_device

FloatArray = npt.NDArray[np.float64]

ITERATIONS = 5_000


def predictive_score(
    real: FloatArray, synthetic: FloatArray, seed: int = 0, *, iterations: int = ITERATIONS, n_layers: int = 1
) -> float:
    """Mean absolute error of one network; see `predictive_scores`, which trains several in the time of one."""
    return float(predictive_scores(real, synthetic, [seed], iterations=iterations, n_layers=n_layers)[0])


def predictive_scores(
    real: FloatArray,
    synthetic: FloatArray,
    seeds: Sequence[int],
    *,
    iterations: int = ITERATIONS,
    n_layers: int = 1,
    device: str = "auto",
) -> FloatArray:
    """Mean absolute error on all real windows of networks trained on synthetic ones; to be read beside real ones' own.

    The network reads all columns but the last and says, at each step, the last column's next value: one layer of GRU
    with half as many units as there are columns and a logistic output, 5,000 iterations of Adam on the mean absolute
    error, 128 windows at a time.

    Of Stocks the last column is the volume. Of Energy it is noise, drawn anew each time, so that .25 is as good as it
    gets: published scores there say nothing.

    Parameters
    ----------
    real, synthetic : float array, (n, length, n_columns)
        In [0, 1]; at least two columns and two steps.
    seeds : sequence of int
        One a repetition: batches, initial weights.
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
        The windows do not fit each other, are not finite, or have one column or one step only.

    References
    ----------
    Yoon, Jarrett, van der Schaar: Time-series generative adversarial networks. NeurIPS 2019, section 5, "usefulness".
    """
    check_windows(real, synthetic)
    if min(real.shape[1:]) < 2:
        raise ValueError(f"windows are {real.shape[1:]}: the next step of the last column needs two steps, two columns")
    place = choose_device(device)
    known, made = (torch.as_tensor(part, dtype=torch.float32).to(place) for part in (real, synthetic))
    rows = np.tile(np.arange(len(made)), (len(seeds), 1))
    batches = draw_batches(seeds, "synthetic", rows, iterations).to(place)
    n_columns = real.shape[2]
    network = Recurrent(seeds, n_columns - 1, max(n_columns // 2, 1), n_layers).to(place)

    def loss(iteration: int) -> Tensor:
        batch = made[batches[iteration]]
        return (torch.sigmoid(network(batch[:, :, :-1, :-1])) - batch[:, :, 1:, -1]).abs().mean(dim=(1, 2))

    train(network, loss, iterations)
    all_rows = torch.arange(len(known), device=place).expand(len(seeds), -1)
    predicted = torch.sigmoid(outputs(network, known[:, :-1, :-1], all_rows))
    return (predicted - known[:, 1:, -1]).abs().double().mean(dim=(1, 2)).cpu().numpy()

"""The small recurrent network of both scores, several copies at once, and how it is trained.

The scores of a paper are means over repetitions: the same network trained anew from another seed. All copies are
trained together, each on batches of its own; none knows of the others, so that a score does not depend on how many
there are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from synthdiff.runtime import generator, spawn_seed

BATCH = 128
_LEARNING_RATE = 1e-3  # Adam's other settings are torch's: they are TensorFlow's, too
_N_AT_ONCE = 2_048  # windows, when nothing is learnt


class Recurrent(nn.Module):
    """Gated recurrent units (Cho et al. 2014) and one linear output at each step, in copies that share nothing.

    The reset gate acts on the state before it is multiplied and all kernels start as Glorot and Bengio (2010) say, the
    gates' biases at 1: what TensorFlow's cell does, which TimeGAN's and Diffusion-TS' published scores were made with.
    torch's own cell resets after the product.

    Parameters
    ----------
    seeds : sequence of int
        One a copy, for its initial weights.
    n_inputs, n_hidden, n_layers : int

    References
    ----------
    Cho et al.: Learning phrase representations using RNN encoder-decoder. EMNLP 2014, eq. 5-8.
    """

    def __init__(self, seeds: Sequence[int], n_inputs: int, n_hidden: int, n_layers: int) -> None:
        super().__init__()
        draws = [generator(seed, "weights") for seed in seeds]
        sizes = [n_inputs] + [n_hidden] * (n_layers - 1)
        self.gates = nn.ParameterList([_kernel(draws, size + n_hidden, 2 * n_hidden) for size in sizes])
        self.candidates = nn.ParameterList([_kernel(draws, size + n_hidden, n_hidden) for size in sizes])
        self.gate_biases = nn.ParameterList([torch.ones(len(draws), 1, 2 * n_hidden) for _ in sizes])
        self.candidate_biases = nn.ParameterList([torch.zeros(len(draws), 1, n_hidden) for _ in sizes])
        self.output, self.output_bias = _kernel(draws, n_hidden, 1), nn.Parameter(torch.zeros(len(draws), 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Outputs, (n_copies, n, length), at each step of windows, (n_copies, n, length, n_inputs)."""
        steps = x.transpose(1, 2)
        layers = zip(self.gates, self.gate_biases, self.candidates, self.candidate_biases, strict=True)
        for layer in layers:
            steps = _layer(steps, *layer)
        flat = torch.baddbmm(self.output_bias, steps.flatten(1, 2), self.output)
        return flat.reshape(steps.shape[:3]).transpose(1, 2)


def _kernel(draws: Sequence[torch.Generator], n_in: int, n_out: int) -> nn.Parameter:
    bound = math.sqrt(6 / (n_in + n_out))
    return nn.Parameter(torch.stack([torch.empty(n_in, n_out).uniform_(-bound, bound, generator=g) for g in draws]))


def _layer(x: Tensor, gates: Tensor, gate_bias: Tensor, candidate: Tensor, candidate_bias: Tensor) -> Tensor:
    """States, (n_copies, length, n, n_hidden), of one layer along its inputs, (n_copies, length, n, n_inputs)."""
    n_inputs, n_steps = x.shape[-1], x.shape[1]
    kernel = torch.cat([gates[:, :n_inputs], candidate[:, :n_inputs]], dim=2)
    bias = torch.cat([gate_bias, candidate_bias], dim=2)
    driven = torch.baddbmm(bias, x.flatten(1, 2), kernel).reshape(*x.shape[:3], -1)
    recurrent, proposed = gates[:, n_inputs:], candidate[:, n_inputs:]
    n_hidden = recurrent.shape[1]
    state, states = x.new_zeros(*x.shape[:1], x.shape[2], n_hidden), []
    for step in range(n_steps):
        now = driven[:, step]
        reset, update = torch.sigmoid(torch.baddbmm(now[..., : 2 * n_hidden], state, recurrent)).chunk(2, dim=-1)
        proposal = torch.tanh(torch.baddbmm(now[..., 2 * n_hidden :], reset * state, proposed))
        state = torch.lerp(proposal, state, update)
        states.append(state)
    return torch.stack(states, dim=1)


def train(network: Recurrent, loss: Callable[[int], Tensor], iterations: int) -> None:
    """Lower a loss, one for each copy, with Adam.

    Parameters
    ----------
    network : Recurrent
    loss : callable
        Takes the number of the iteration; gives (n_copies,).
    iterations : int
    """
    optimiser = torch.optim.Adam(network.parameters(), lr=_LEARNING_RATE)
    for iteration in range(iterations):
        optimiser.zero_grad(set_to_none=True)
        loss(iteration).sum().backward()  # type: ignore[no-untyped-call]
        optimiser.step()


@torch.no_grad()
def outputs(network: Recurrent, windows: Tensor, rows: Tensor) -> Tensor:
    """Outputs at each step of some windows.

    Parameters
    ----------
    network : Recurrent
    windows : Tensor, (n, length, n_inputs)
    rows : int64 Tensor, (n_copies, n_rows)
        Which windows each copy sees.

    Returns
    -------
    Tensor, (n_copies, n_rows, length)
    """
    return torch.cat([network(windows[some]) for some in torch.split(rows, _N_AT_ONCE, dim=1)], dim=1)


def draw_batches(seeds: Sequence[int], name: str, rows: npt.NDArray[np.int64], iterations: int) -> Tensor:
    """Draw batches without replacement, all that a training needs.

    Parameters
    ----------
    seeds : sequence of int
        One a copy.
    name : str
        What the rows are.
    rows : int64 array, (n_copies, n_rows)
        Rows that each copy may see.
    iterations : int

    Returns
    -------
    int64 Tensor, (iterations, n_copies, BATCH or n_rows)
    """
    size = min(BATCH, rows.shape[1])
    drawn = np.empty((iterations, len(seeds), size), dtype=np.int64)
    for copy, seed in enumerate(seeds):
        rng = np.random.default_rng(spawn_seed(seed, "batches", name))
        for iteration in range(iterations):
            drawn[iteration, copy] = rows[copy, rng.choice(rows.shape[1], size, replace=False, shuffle=False)]
    return torch.from_numpy(drawn)

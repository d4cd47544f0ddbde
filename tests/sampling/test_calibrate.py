"""Calibration: sampled frequencies become the real ones."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from synthdiff.codecs.alphabet import TableAlphabet
from synthdiff.codecs.token import fit_level_tokens, fit_number_tokens
from synthdiff.models.layout import cell_layout
from synthdiff.networks.ensemble import DenoiserEnsemble
from synthdiff.networks.mlp import MLPDenoiser
from synthdiff.runtime import generator
from synthdiff.sampling.calibrate import calibrate
from synthdiff.sampling.unmask import UnmaskSampler


@pytest.mark.parametrize("n_members", [1, 2])
def test_drifted_frequencies_are_put_right(n_members: int) -> None:
    rng = np.random.default_rng(0)
    number = rng.normal(size=20_000)
    level = (rng.random(20_000) < np.where(number > 0, 0.8, 0.2)).astype(float)
    values = np.column_stack([number, level])
    alphabet = TableAlphabet((fit_number_tokens(number, None), fit_level_tokens(level)), ())
    encoded = alphabet.encode(values)
    torch.manual_seed(0)
    layout = cell_layout(alphabet, encoded)
    network = DenoiserEnsemble([MLPDenoiser(layout, width=16, n_blocks=1) for _ in range(n_members)]).eval()
    with torch.no_grad():
        drift = 0.3 * torch.randn_like(network.members[0].head.bias)
        for member in network.members:
            member.head.bias += drift

    def distance() -> float:
        sampler = UnmaskSampler(network, alphabet, [0, 1], torch.float32)
        drawn = sampler.draw(40_000, generator(1, "test")).numpy()
        grid = np.quantile(number, np.linspace(0.05, 0.95, 19))
        gaps = np.abs((drawn[:, :1] <= grid).mean(0) - (number[:, None] <= grid).mean(0))
        return float(max(gaps.max(), abs(drawn[:, 1].mean() - level.mean())))

    before = distance()
    calibrate(network, alphabet, [0, 1], encoded.cells(torch.device("cpu")), torch.float32, seed=0)
    # Standard error of a share near .5 in 40,000 rows: .0025, and as much again from the rows of the calibration.
    assert distance() < 0.012 < 0.02 < before
    assert distance() == pytest.approx(distance())


def test_where_there_is_no_time_nothing_is_changed() -> None:
    number = np.random.default_rng(0).normal(size=2_000)
    alphabet = TableAlphabet((fit_number_tokens(number, None),), ())
    encoded = alphabet.encode(number[:, None])
    network = DenoiserEnsemble([MLPDenoiser(cell_layout(alphabet, encoded), width=16, n_blocks=1)]).eval()
    with torch.no_grad():
        network.members[0].head.bias += torch.linspace(-0.3, 0.3, alphabet.offsets[-1])
    before = network.members[0].head.bias.clone()
    cells = encoded.cells(torch.device("cpu"))
    assert not calibrate(network, alphabet, [0], cells, torch.float32, seed=0, seconds=0.0)
    assert torch.equal(network.members[0].head.bias, before)
    assert calibrate(network, alphabet, [0], cells, torch.float32, seed=0, seconds=100.0)
    assert not torch.equal(network.members[0].head.bias, before)

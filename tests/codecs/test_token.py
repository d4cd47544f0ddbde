"""Number and level tokens: atoms, bins, grids, ranks."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from synthdiff.codecs.decoder import CellDecoder
from synthdiff.codecs.token import (
    LevelTokens,
    NumberTokens,
    fit_level_tokens,
    fit_number_tokens,
)

CPU = torch.device("cpu")


def decode_at_random(tokens: NumberTokens, encoded: np.ndarray, seed: int = 0) -> np.ndarray:
    generator = torch.Generator().manual_seed(seed)
    position, heap = torch.rand(2, len(encoded), generator=generator, dtype=torch.float64)
    values = torch.full((len(encoded), 1), float("nan"), dtype=torch.float64)
    return CellDecoder(tokens, [], CPU).decode(torch.from_numpy(encoded), position, heap, values).numpy()


@pytest.fixture
def heaped() -> np.ndarray:
    """Amounts: a third is 0, a quarter of the rest ends in 000, the rest is log-normal to the unit."""
    rng = np.random.default_rng(0)
    amount = np.round(np.exp(rng.normal(8, 1.5, 20_000)))
    amount = np.where(rng.random(20_000) < 0.25, np.maximum(np.round(amount / 1000), 1) * 1000, amount)
    return np.where(rng.random(20_000) < 1 / 3, 0.0, amount)


def test_few_repeated_values_are_all_atoms() -> None:
    tokens = fit_number_tokens(np.repeat([1.0, 2.5, 7.0], 40), None)
    assert tokens.atoms.tolist() == [1.0, 2.5, 7.0]
    assert tokens.n_bins == 0
    assert tokens.n_tokens == 3


def test_missing_is_the_first_token_only_when_there_are_nulls() -> None:
    values = np.array([np.nan, 1.0, 2.0] * 50)
    tokens = fit_number_tokens(values, 1.0)
    assert tokens.missing
    assert tokens.encode(values)[:3].tolist() == [0, 1, 2]
    assert not fit_number_tokens(values[~np.isnan(values)], 1.0).missing


def test_a_spike_is_an_atom_and_the_rest_is_binned(heaped: np.ndarray) -> None:
    tokens = fit_number_tokens(heaped, 1.0)
    assert 0.0 in tokens.atoms
    assert 1000.0 in tokens.atoms
    assert tokens.n_bins >= 60
    zero = tokens.encode(np.zeros(1))
    assert zero[0] < tokens.first_bin


def test_decoding_random_positions_keeps_the_distribution(heaped: np.ndarray) -> None:
    tokens = fit_number_tokens(heaped, 1.0)
    drawn = decode_at_random(tokens, tokens.encode(heaped))
    # Tokens agree row by row, so the distance is that inside the bins: far below the two-sample noise of .0136 (5 %).
    grid = np.quantile(heaped, np.linspace(0.01, 0.99, 99))
    distance = np.abs((heaped[:, None] <= grid).mean(0) - (drawn[:, None] <= grid).mean(0)).max()
    assert distance < 0.005
    assert drawn.min() >= heaped.min()
    assert drawn.max() <= heaped.max()
    assert np.array_equal(drawn, np.round(drawn))


def test_heaping_on_round_numbers_is_kept(heaped: np.ndarray) -> None:
    tokens = fit_number_tokens(heaped, 1.0)
    drawn = decode_at_random(tokens, tokens.encode(heaped))
    for step in (1000, 100):
        # Standard error of a share near .5 in 20,000 rows: .0035.
        assert np.mean(drawn % step == 0) == pytest.approx(np.mean(heaped % step == 0), abs=0.014)


def test_an_atom_gains_no_mass_from_the_bins_around_it() -> None:
    rng = np.random.default_rng(1)
    values = np.where(rng.random(30_000) < 0.2, 500.0, np.round(rng.normal(500, 400, 30_000)))
    tokens = fit_number_tokens(values, 1.0)
    drawn = decode_at_random(tokens, tokens.encode(values))
    assert np.mean(drawn == 500.0) == pytest.approx(np.mean(values == 500.0), abs=0.001)


def test_values_of_a_lattice_are_only_those_seen() -> None:
    rng = np.random.default_rng(2)
    lattice = np.unique(np.round(rng.normal(0, 100, 400), 2))
    values = rng.choice(lattice, 5_000)
    tokens = fit_number_tokens(values, 0.01)
    assert set(decode_at_random(tokens, tokens.encode(values)).tolist()) <= set(lattice.tolist())


def test_no_more_than_a_thousand_knots(heaped: np.ndarray) -> None:
    values = np.exp(np.random.default_rng(3).normal(size=200_000))
    tokens = fit_number_tokens(values, None)
    assert len(tokens.rank_values) <= 1_000
    assert tokens.knots.size < 1_300
    assert len(tokens.lattice) == 0


def test_rank_is_the_distribution_function() -> None:
    values = np.random.default_rng(4).normal(size=50_000)
    tokens = fit_number_tokens(values, None)
    x = np.linspace(-2, 2, 9)
    assert np.allclose(tokens.rank(x), [(values <= v).mean() for v in x], atol=2e-3)


@pytest.mark.parametrize("values", [[5.0], [5.0] * 10, [1.0, np.nan], [1e-300, 1e300], [-1e15, 1e15, 0.5]])
def test_tiny_and_extreme_columns(values: list[float]) -> None:
    column = np.array(values)
    tokens = fit_number_tokens(column, None)
    drawn = decode_at_random(tokens, tokens.encode(column))
    present = ~np.isnan(column)
    assert np.array_equal(np.isnan(drawn), ~present)
    assert drawn[present].min() >= column[present].min()
    assert drawn[present].max() <= column[present].max()


def test_json_round_trip(heaped: np.ndarray) -> None:
    for tokens in (fit_number_tokens(heaped, 1.0), fit_number_tokens(np.array([1.0, 2.0] * 20), 1.0)):
        back = NumberTokens.from_dict(json.loads(json.dumps(tokens.to_dict())))
        assert all(np.array_equal(getattr(back, k), v) for k, v in tokens.__dict__.items())
        assert back.knots.shape == tokens.knots.shape
        assert back.heaps.shape == tokens.heaps.shape


def test_levels() -> None:
    values = np.array([3.0, 7.0, np.nan, 3.0])
    tokens = fit_level_tokens(values)
    assert tokens.encode(values).tolist() == [1, 2, 0, 1]
    back = LevelTokens.from_dict(json.loads(json.dumps(tokens.to_dict())))
    assert back.codes.tolist() == [3.0, 7.0]
    assert back.missing


@pytest.mark.parametrize("spread", [2.0, 6.0, 12.0, 25.0])
@pytest.mark.parametrize("n", [500, 20_000])
def test_small_values_beside_large_ones_are_no_multiples_of_a_coarse_step(spread: float, n: int) -> None:
    """What is nearly 0 beside a step of 10,000 is not 0: log-normal values keep their size."""
    values = np.exp(np.random.default_rng(0).normal(0, spread, n))
    tokens = fit_number_tokens(values, None)
    assert not len(tokens.grids)
    drawn = decode_at_random(tokens, tokens.encode(values))
    levels = np.linspace(0.1, 0.9, 17)
    gaps = np.log(np.quantile(drawn, levels)) - np.log(np.quantile(values, levels))
    # Tokens agree row by row: the rest is less than the width of one, a 40th of the distribution at most.
    assert np.abs(gaps).max() < 0.2 * spread
    assert np.unique(drawn).size > 0.9 * n

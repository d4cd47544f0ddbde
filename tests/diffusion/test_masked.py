"""The absorbing process: what is hidden, what it weighs, which token a cell has."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from synthdiff.codecs.alphabet import TableAlphabet
from synthdiff.codecs.discovery import search_relations
from synthdiff.codecs.token import fit_level_tokens, fit_number_tokens
from synthdiff.diffusion.masked import MaskedProcess, RevealTimes
from synthdiff.steps import drained

CPU = torch.device("cpu")
N = 4_000


@pytest.fixture(scope="module")
def copied() -> tuple[TableAlphabet, np.ndarray]:
    """Column 1 equals column 0 in half of the rows; column 2 is a level."""
    rng = np.random.default_rng(0)
    first = np.round(np.exp(rng.normal(8, 1, N)))
    second = np.where(rng.random(N) < 0.5, first, np.round(np.exp(rng.normal(8, 1, N))))
    values = np.column_stack([first, second, rng.integers(3, size=N)])
    columns = (fit_number_tokens(first, 1.0), fit_number_tokens(second, 1.0), fit_level_tokens(values[:, 2]))
    return TableAlphabet(columns, tuple(drained(search_relations(values, columns)))), values


def times_of(order: list[int], n_seen: int, n_rows: int) -> RevealTimes:
    position = torch.tensor(order).argsort()[None].expand(n_rows, -1)
    return RevealTimes(position, torch.full((n_rows, 1), n_seen), torch.zeros(n_rows, 1, dtype=torch.bool))


def test_seen_counts_are_uniform_and_orders_are_uniform(copied: tuple[TableAlphabet, np.ndarray]) -> None:
    process = MaskedProcess(copied[0], [0, 1, 2], CPU)
    times = process.draw_times(30_000, torch.Generator().manual_seed(0))
    counts = torch.bincount(times.n_seen[:, 0], minlength=3)
    assert (counts - 10_000).abs().max() <= 1  # stratified: exact but for rounding
    first = torch.bincount((times.position == 0).long().argmax(1), minlength=3) / 30_000
    assert (first - 1 / 3).abs().max() < 4 * 0.0027  # standard error sqrt(2/9 / 30,000)


def test_the_preferred_share_follows_the_preferred_order(copied: tuple[TableAlphabet, np.ndarray]) -> None:
    process = MaskedProcess(copied[0], [2, 0, 1], CPU)
    times = process.draw_times(2_000, torch.Generator().manual_seed(1), preferred=1.0)
    assert (times.position == torch.tensor([1, 2, 0])).all()
    assert times.preferred.all()


def test_weights_make_the_bound_unbiased(copied: tuple[TableAlphabet, np.ndarray]) -> None:
    """Each column counts once on average, whatever the order: E[weight] = 1."""
    process = MaskedProcess(copied[0], [0, 1, 2], CPU)
    for emphasis, preferred in ((0.0, 0.0), (0.6, 1.0), (1.0, 1.0)):
        times = process.draw_times(60_000, torch.Generator().manual_seed(2), preferred=preferred)
        mean = process.weights(times, emphasis).mean(0)
        assert mean.sum() == pytest.approx(3.0, rel=1e-3)
        if emphasis == 1.0:
            assert (mean - 1.0).abs().max() < 1e-3
        assert (process.weights(times, emphasis)[times.position < times.n_seen] == 0).all()


def test_a_relation_codes_a_cell_only_after_its_reference(copied: tuple[TableAlphabet, np.ndarray]) -> None:
    alphabet, values = copied
    cells = alphabet.encode(values).cells(CPU).take(slice(0, N))
    process = MaskedProcess(alphabet, [0, 1, 2], CPU)
    equal = torch.from_numpy(values[:, 0] == values[:, 1])
    copy = next(i for i, r in enumerate(alphabet.relations) if r.target == 1)
    for order, n_seen, usable in (([0, 1, 2], 1, True), ([2, 1, 0], 1, False), ([1, 0, 2], 2, False)):
        noisy = process.perturb(cells, times_of(order, n_seen, N))
        relative = noisy.tokens[:, 1] == cells.relative[:, copy]
        assert bool((relative & equal).any()) is usable
        assert noisy.closed[:, copy].all().item() is not usable
        base = noisy.tokens[:, 1] == cells.base[:, 1]
        assert (base | relative).all()


def test_densities_belong_to_the_resolved_token(copied: tuple[TableAlphabet, np.ndarray]) -> None:
    alphabet, values = copied
    cells = alphabet.encode(values).cells(CPU).take(slice(0, N))
    process = MaskedProcess(alphabet, [0, 1, 2], CPU)
    noisy = process.perturb(cells, times_of([0, 1, 2], 1, N))
    density = process.densities(cells, noisy)
    copied_rows = noisy.tokens[:, 1] != cells.base[:, 1]
    assert (density[copied_rows, 1] == 0).all()  # equality leaves nothing to say
    assert torch.equal(density[~copied_rows, 1], cells.base_density[~copied_rows, 1])
    assert (density[:, 2] == 0).all()

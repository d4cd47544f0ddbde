"""The stage within bins, on tables whose law within a bin is known."""

import numpy as np
import pytest
import torch

from synthdiff.codecs.alphabet import TableAlphabet
from synthdiff.codecs.token import fit_number_tokens
from synthdiff.diffusion.masked import MaskedProcess
from synthdiff.models.layout import cell_layout
from synthdiff.networks.ensemble import DenoiserEnsemble
from synthdiff.networks.mlp import MLPDenoiser
from synthdiff.networks.refiner import make_refiner
from synthdiff.sampling.heun import PositionSampler
from synthdiff.sampling.unmask import UnmaskSampler
from synthdiff.training.objective import Objective
from synthdiff.training.position import EDGE, invert, position_table
from synthdiff.training.refine import ColumnGain, RefineConfig, RefinerTrainer, candidate_columns
from synthdiff.training.schedule import Budget
from synthdiff.training.state import TrainerConfig
from synthdiff.training.trainer import Trainer

CPU = torch.device("cpu")
N, N_VALID = 4000, 1000
NOISE = 0.05


class Table:
    """x, y and w encoded in a few bins, and a network that has learnt their tokens."""

    def __init__(self, values, steps):
        columns = tuple(fit_number_tokens(column, None, max_bins=8) for column in values.T)
        self.alphabet = TableAlphabet(columns, ())
        encoded = self.alphabet.encode(values)
        self.order = list(range(values.shape[1]))
        self.process = MaskedProcess(self.alphabet, self.order, CPU)
        cells = encoded.cells(CPU)
        self.train, self.valid = cells.take(slice(N_VALID, None)), cells.take(slice(0, N_VALID))
        tokens = encoded.base.astype(np.int64)
        positions = position_table(self.alphabet, values, tokens, CPU)
        self.positions = positions.take(slice(N_VALID, None))
        self.valid_positions = positions.take(slice(0, N_VALID))
        torch.manual_seed(0)
        self.network = MLPDenoiser(cell_layout(self.alphabet, encoded), width=64, n_blocks=1)
        objective = Objective(self.process, self.alphabet.offsets)
        config = TrainerConfig(Budget(steps), batch_size=256)
        for _ in Trainer(lambda member: self.network, objective, self.train, self.valid, ["x", "y", "w"], config).run():
            pass
        self.network.eval().requires_grad_(False)

    def refine(self, steps, seed=0):
        torch.manual_seed(seed)
        refiner = make_refiner(self.network)
        trainer = RefinerTrainer(
            self.network,
            refiner,
            self.process,
            self.train,
            self.positions,
            candidate_columns(self.positions),
            RefineConfig(Budget(max(steps, 1)), batch_size=256, seed=seed),
        )
        for _ in trainer.run() if steps else ():
            pass
        return refiner.eval().requires_grad_(False), trainer.measure(self.valid, self.valid_positions)

    def sample(self, positions=None, n=2000):
        sampler = UnmaskSampler(DenoiserEnsemble([self.network]), self.alphabet, self.order, torch.float32, positions)
        return sampler.draw(n, torch.Generator().manual_seed(3)).numpy()


def normal(seed):
    return np.random.default_rng(seed).normal(size=N + N_VALID)


@pytest.fixture(scope="module")
def dependent():
    x = normal(0)
    return Table(np.stack([x, x + NOISE * normal(1), normal(2)], axis=1), steps=150)


@pytest.fixture(scope="module")
def refined(dependent):
    return dependent.refine(400)


def test_the_gate_opens_where_the_position_depends_on_what_is_seen(refined):
    x, y, w = refined[1]
    assert y.wins
    # Within bins of about .3 the density of y given x is far from flat: more than half a nat.
    assert y.gain > 0.5
    assert not x.wins
    assert not w.wins


def test_residuals_of_refined_rows_are_closer_to_the_truth(dependent, refined):
    before = dependent.sample()
    after = dependent.sample(PositionSampler(refined[0], [1], dependent.alphabet.offsets, torch.float32))
    # Columns drawn before the refined one take the same uniforms.
    assert np.array_equal(before[:, 0], after[:, 0])
    residual_before, residual_after = (np.median(np.abs(v[:, 1] - v[:, 0])) for v in (before, after))
    truth = 0.6745 * NOISE
    assert residual_before > 2 * truth
    assert abs(residual_after - truth) < 0.5 * abs(residual_before - truth)


def test_refined_columns_keep_their_own_law(dependent, refined):
    after = dependent.sample(PositionSampler(refined[0], [1], dependent.alphabet.offsets, torch.float32))
    assert abs(after[:, 1].mean()) < 0.15
    assert abs(after[:, 1].std() - 1) < 0.1


def test_the_gate_stays_closed_where_columns_are_independent():
    table = Table(np.stack([normal(3), normal(4), normal(5)], axis=1), steps=50)
    assert not any(gain.wins for gain in table.refine(60)[1])


def test_the_same_seed_gives_the_same_weights(dependent):
    first, again = (dependent.refine(5, seed=7)[0].state_dict() for _ in range(2))
    assert all(torch.equal(first[name], again[name]) for name in first)


def test_a_gain_must_be_clear_of_its_error():
    assert ColumnGain(0, 0.05, 0.01, 100).wins
    assert not ColumnGain(0, 0.05, 0.03, 100).wins
    assert not ColumnGain(0, 0.009, 0.0001, 100).wins


def test_untrained_gains_nothing(dependent):
    gains = dependent.refine(0)[1]
    assert [gain.gain for gain in gains] == pytest.approx([0, 0, 0], abs=1e-4)


class TestPositions:
    def test_continuous_values_come_back(self):
        values = np.random.default_rng(0).gamma(2.0, size=(3000, 1))
        column = fit_number_tokens(values[:, 0], None)
        alphabet = TableAlphabet((column,), ())
        tokens = column.encode(values[:, 0])
        table = position_table(alphabet, values, tokens[:, None], CPU)
        knots = column.knots[tokens - column.first_bin]
        u = table.low[:, 0].numpy() * 16
        piece = np.minimum(u.astype(int), 15)
        rows = np.arange(len(u))
        low, high = knots[rows, piece], knots[rows, piece + 1]
        assert np.allclose(low + (high - low) * (u - piece), values[:, 0], rtol=1e-4)
        assert torch.allclose(table.low, table.high, atol=1e-6)

    def test_rounded_values_have_their_rounding_cell(self):
        knots = np.linspace(0.0, 32.0, 17)[None].repeat(3, 0)
        low, high = invert(knots, np.array([3.5, -0.5, 31.5]), np.array([4.5, 0.5, 32.5]))
        assert low.tolist() == [3.5 / 32, 0.0, 31.5 / 32]
        assert high.tolist() == [4.5 / 32, 0.5 / 32, 1.0]

    def test_ties_take_all_positions_that_decode_to_them(self):
        knots = np.concatenate([np.zeros(5), np.arange(1.0, 13.0)])[None]
        low, high = invert(knots, np.array([0.0]), np.array([0.0]))
        assert low.tolist() == [0.0]
        assert high.tolist() == [0.25]

    def test_positions_of_rounded_values_are_uniform(self):
        values = np.random.default_rng(1).normal(0, 5000, size=(20_000, 1)).round()
        column = fit_number_tokens(values[:, 0], 1.0)
        assert column.n_bins > 8
        assert not len(column.lattice)
        table = position_table(TableAlphabet((column,), ()), values, column.encode(values[:, 0])[:, None], CPU)
        uniform = torch.rand(20_000, generator=torch.Generator().manual_seed(0))
        u = torch.special.ndtr(table.scores(torch.zeros(20_000).long(), uniform))
        u = u[~u.isnan()].numpy()
        assert abs(u.mean() - 0.5) < 4.5 * 12**-0.5 / len(u) ** 0.5
        assert np.abs(np.quantile(u, [0.1, 0.5, 0.9]) - [0.1, 0.5, 0.9]).max() < 0.02

    def test_exact_tokens_have_none(self):
        values = np.array([np.nan] * 50 + [0.0] * 50 + list(np.linspace(1, 2, 400)))[:, None]
        column = fit_number_tokens(values[:, 0], None)
        table = position_table(TableAlphabet((column,), ()), values, column.encode(values[:, 0])[:, None], CPU)
        assert table.low[:100].isnan().all()
        assert not table.low[100:].isnan().any()
        assert candidate_columns(table) == [0]
        scores = table.scores(torch.zeros(500).long(), torch.zeros(500))
        assert float(scores[100:].abs().max()) <= float(-torch.special.ndtri(torch.tensor(EDGE))) + 1e-3

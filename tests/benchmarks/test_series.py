"""The scores of the series protocol say what they should of windows whose law is known, small and few."""

import numpy as np
import pytest
import torch

from benchmarks.dataset import data_folder
from benchmarks.series.discriminative import discriminative_score, discriminative_scores
from benchmarks.series.predictive import predictive_score, predictive_scores
from benchmarks.series.published import PUBLISHED, published
from benchmarks.series.recurrent import BATCH, Recurrent, draw_batches, outputs
from benchmarks.series.repetition import Repetition
from benchmarks.series.window import FILES, Scale, cut, read_series

LENGTH, N_COLUMNS = 6, 4


def waves(n, seed, noise=0.02):
    """Windows of sines that start anywhere: the last column is the first one of a step before."""
    rng = np.random.default_rng(seed)
    step = np.arange(LENGTH)[:, None] - np.array([0, 0.5, 0.7, 1])
    angle = 2 * np.pi * rng.random((n, 1, 1)) + step
    return 0.5 + 0.4 * np.sin(angle) + noise * rng.standard_normal((n, LENGTH, N_COLUMNS))


def noise(n, seed):
    return np.random.default_rng(seed).random((n, LENGTH, N_COLUMNS))


class TestWindow:
    def test_all_windows_in_order(self):
        values = np.arange(20.0).reshape(10, 2)
        windows = cut(values, 4)
        assert windows.shape == (7, 4, 2)
        for start in range(7):
            np.testing.assert_array_equal(windows[start], values[start : start + 4])

    def test_scale_is_the_whole_series(self):
        values = np.random.default_rng(0).normal(3, 2, (50, 3))
        values[:, 1] = 7.0
        scale = Scale.fit(values)
        unit = scale.to_unit(cut(values, 5))
        assert unit[..., [0, 2]].min() == 0
        assert unit[..., [0, 2]].max() == 1
        assert (unit[..., 1] == 0).all()
        np.testing.assert_allclose(scale.from_unit(unit), cut(values, 5), atol=1e-12)

    def test_unknown_series(self):
        with pytest.raises(KeyError, match="no series stonks; there are stocks, energy, etth"):
            read_series("stonks")

    @pytest.mark.realdata
    @pytest.mark.skipif(not (data_folder() / "series").is_dir(), reason=f"no data sets in {data_folder()}")
    @pytest.mark.parametrize(("name", "n_windows", "n_columns"), [("stocks", 3_662, 6), ("energy", 19_712, 28)])
    def test_the_papers_series(self, name, n_windows, n_columns):
        values = read_series(name)
        assert cut(values).shape == (n_windows, 24, n_columns)
        assert np.isfinite(values).all()


class TestRecurrent:
    @pytest.mark.parametrize("n_layers", [1, 2])
    def test_without_reset_it_is_torchs(self, n_layers):
        network = Recurrent([3], N_COLUMNS, 2, n_layers)
        theirs = torch.nn.GRU(N_COLUMNS, 2, n_layers, batch_first=True)
        with torch.no_grad():
            for weights in theirs.parameters():
                weights.zero_()
            for layer, bias in enumerate(network.gate_biases):
                bias[..., :2] = 50.0  # the reset gate keeps all, so that it does not matter where it acts
                n_inputs = network.gates[layer].shape[1] - 2
                kernel = torch.cat([network.gates[layer][0], network.candidates[layer][0]], dim=1).T
                getattr(theirs, f"weight_ih_l{layer}").copy_(kernel[:, :n_inputs])
                getattr(theirs, f"weight_hh_l{layer}").copy_(kernel[:, n_inputs:])
                biases = torch.cat([bias[0, 0], network.candidate_biases[layer][0, 0]])
                getattr(theirs, f"bias_ih_l{layer}").copy_(biases)
            x = torch.randn(1, 5, LENGTH, N_COLUMNS, generator=torch.Generator().manual_seed(0))
            expected = theirs(x[0])[0] @ network.output[0]
            torch.testing.assert_close(network(x)[0], expected[..., 0], rtol=1e-4, atol=1e-6)

    def test_reset_acts_on_the_state(self):
        network = Recurrent([5], 1, 1, 1)
        with torch.no_grad():
            parts = (network.gates[0], network.candidates[0], network.output)
            gates, candidate, output = (part[0].double().numpy() for part in parts)
            state, said = 0.0, []
            for value in (0.3, -0.8, 0.5):
                reset, update = 1 / (1 + np.exp(-(1 + np.array([value, state]) @ gates)))
                proposal = np.tanh(np.array([value, reset * state]) @ candidate)[0]
                state = update * state + (1 - update) * proposal
                said.append(state * output[0, 0])
            found = network(torch.tensor([0.3, -0.8, 0.5]).reshape(1, 1, 3, 1))
        assert found.flatten().tolist() == pytest.approx(said, rel=1e-5)

    def test_glorot_start(self):
        network = Recurrent([0, 1], 30, 10, 1)
        bound = np.sqrt(6 / (40 + 20))
        assert bound * 0.98 < float(network.gates[0].detach().abs().max()) < bound
        assert (network.gates[0][0] != network.gates[0][1]).any()
        assert (network.gate_biases[0] == 1).all()

    def test_batches_are_of_the_rows_without_repeats(self):
        rows = np.stack([np.arange(200), np.arange(1_000, 1_200)])
        batches = draw_batches([0, 1], "real", rows, 3).numpy()
        assert batches.shape == (3, 2, BATCH)
        assert all(len(np.unique(batch)) == BATCH for batch in batches.reshape(-1, BATCH))
        assert batches[:, 0].max() < 200 <= 1_000 <= batches[:, 1].min()
        assert draw_batches([0], "real", rows[:1, :20], 2).shape == (2, 1, 20)

    def test_outputs_of_many_windows_come_in_parts(self):
        network, windows = Recurrent([0], 2, 1, 1), torch.rand(5_000, 3, 2, generator=torch.Generator().manual_seed(1))
        rows = torch.arange(5_000)[None]
        torch.testing.assert_close(outputs(network, windows, rows), network(windows[None]).detach())


class TestDiscriminative:
    def test_real_against_real(self):
        # Of 400 test windows the accuracy has a standard error of .025; a mean of two such distances is below three.
        scores = discriminative_scores(waves(1_000, 0), waves(1_000, 1), [0, 1], iterations=50)
        assert scores.mean() < 3 * 0.025

    def test_real_against_noise(self):
        real, made = (np.tile(windows, 4) for windows in (waves(300, 0), noise(300, 1)))
        assert discriminative_score(real, made, iterations=200) > 0.4

    def test_more_training_tells_more(self):
        real, made = waves(300, 0), waves(300, 1, noise=0.5)
        few, many = (discriminative_scores(real, made, [0, 1, 2], iterations=n).mean() for n in (1, 200))
        assert many > few + 0.1

    def test_repetitions_know_nothing_of_each_other(self):
        real, made = waves(60, 0), noise(50, 1)
        together = discriminative_scores(real, made, [4, 9], iterations=20, n_layers=2)
        alone = [discriminative_score(real, made, seed, iterations=20, n_layers=2) for seed in (4, 9)]
        assert together.tolist() == pytest.approx(alone)
        assert discriminative_score(real, made, 4, iterations=20, n_layers=2) == alone[0]

    @pytest.mark.parametrize(
        ("made", "message"),
        [
            (noise(4, 0), r"synthetic windows have the shape \(4, 6, 4\); say at least five"),
            (noise(9, 0)[0], r"synthetic windows have the shape \(6, 4\)"),
            (noise(9, 0)[:, :-1], r"real windows are \(6, 4\), synthetic ones \(5, 4\)"),
            (np.where(noise(9, 0) > 0.99, np.nan, 0.5), "synthetic windows hold . values that are not finite"),
        ],
    )
    def test_windows_that_do_not_fit(self, made, message):
        with pytest.raises(ValueError, match=message):
            discriminative_score(noise(9, 1), made, iterations=1)


class TestPredictive:
    def test_noise_teaches_nothing(self):
        real = waves(200, 0)
        taught, untaught = (predictive_scores(real, made, [0, 1], iterations=300) for made in (waves(200, 1), real * 0))
        assert (taught < untaught - 0.05).all()

    def test_is_the_error_of_the_last_column_one_step_ahead(self):
        # Synthetic windows of nothing but 0 teach to say less than the 1/2 of the start, wherever real ones are.
        real = np.full((20, LENGTH, N_COLUMNS), 0.9)
        score = predictive_score(real, np.zeros_like(real), iterations=10)
        assert 0.3 < score < 0.9
        real[:, 1:, -1] = 0.0
        assert predictive_score(real, np.zeros_like(real), iterations=10) == pytest.approx(0.9 - score, abs=0.15)

    def test_repetitions_know_nothing_of_each_other(self):
        real, made = waves(40, 0), noise(30, 1)
        together = predictive_scores(real, made, [4, 9], iterations=10)
        assert together.tolist() == pytest.approx([predictive_score(real, made, s, iterations=10) for s in (4, 9)])
        assert together[0] != together[1]

    def test_one_column(self):
        with pytest.raises(ValueError, match=r"windows are \(6, 1\): the next step of the last column needs two"):
            predictive_score(noise(9, 0)[..., :1], noise(9, 1)[..., :1])


class TestRepetition:
    def test_interval(self):
        scores = Repetition.of(np.array([0.1, 0.2, 0.3, 0.2, 0.2]))
        # Student's 97.5 % quantile with four degrees of freedom is 2.776.
        half = 2.776 * np.std([0.1, 0.2, 0.3, 0.2, 0.2], ddof=1) / np.sqrt(5)
        assert scores.mean == pytest.approx(0.2)
        assert scores.interval == pytest.approx((0.2 - half, 0.2 + half), abs=1e-4)
        assert str(scores) == "0.200 ± 0.088"
        assert scores.to_dict()["values"] == [0.1, 0.2, 0.3, 0.2, 0.2]

    def test_one_says_nothing_of_others(self):
        assert Repetition((0.25,)).interval is None
        assert str(Repetition((0.25,))) == "0.250"


def test_published_scores():
    assert all(set(row.scores) <= set(FILES) and max(row.scores.values()) < 0.5 and row.source for row in PUBLISHED)
    assert next(iter(published("stocks"))) == "TimeVAE"
    assert published("etth") == {"TimeVAE": 0.209, "TimeGAN": 0.114, "Diffusion-TS": 0.061, "FM-TS": 0.011}

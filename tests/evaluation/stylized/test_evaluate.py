"""The whole report: good paths, shuffled, copied and independent ones are told apart; bad input is said."""

import numpy as np
import pytest

from synthdiff.errors import ConfigError, DataError, WindowError
from synthdiff.evaluation.stylized.evaluate import score_paths
from tests.evaluation.stylized.example import L, make_history, make_market, make_paths, shuffled

HISTORY, PATHS = make_history(), make_paths()


def score(paths, history=HISTORY, **options):
    return score_paths(history, paths, **({"draws": 20} | options))


def test_paths_of_the_same_process_are_right():
    report = score(PATHS)
    # The scores of one history of 30 windows spread by a third around 1.2, see test_distance.
    assert report.mean < 2
    assert report.below(1.5) >= 8
    assert report.verdict[0].level != "bad"
    assert report.copies == 0
    assert report.novelty == pytest.approx(report.novelty_real, abs=0.05)
    low, high = report.mean_interval
    assert low < report.mean < high
    assert report.cross_mean is None
    for part in (report.facts, report.memory):
        for one in part.values():
            assert one.interval[0] <= one.value <= one.interval[1]


def test_shuffled_steps_do_not_cluster():
    report = score(shuffled(HISTORY))
    assert report.verdict[0].level == "bad"
    assert report.verdict[0].text.startswith("Do not use these paths: volatility does not cluster")
    clustering = report["volatility clustering"]
    assert clustering.value == pytest.approx(clustering.floor, rel=0.2)
    assert report["tail quantiles"].value < 1.5
    assert report["tail quantiles"].details["gauge"]["fault"] == ""
    gauge = clustering.details["gauge"]
    assert gauge["real"] > 0.1 > 0.05 > abs(gauge["synthetic"])


def test_tails_that_are_too_thin_or_too_fat_are_named():
    rng = np.random.default_rng(0)
    history, paths = make_history(size=0.1), make_paths(size=0.1)
    thin = np.clip(paths, *np.quantile(history, [0.03, 0.97]))
    fat = paths * np.where(rng.random(paths.shape) < 0.01, 6, 1)
    for paths, fault in ((thin, "tails are too thin"), (fat, "tails are too fat")):
        report = score(paths, history)
        assert report["tail quantiles"].details["gauge"]["fault"] == fault
        assert any(fault in finding.text.lower() for finding in report.verdict)


def test_pieces_of_the_history_are_copies():
    windows = np.stack([HISTORY[start : start + L] for start in range(0, 2_900, 20)])
    report = score(windows)
    assert report.copies == 1
    assert report.novelty == pytest.approx(1)
    assert report.verdict[0].text == "Do not use these paths: paths repeat history to the digit."
    assert all(finding.level != "good" for finding in report.verdict)


def test_noise_upon_the_history_is_close_to_it():
    windows = np.stack([HISTORY[start : start + L] for start in range(0, 2_900, 20)])
    noise = np.random.default_rng(0).normal(0, 0.3 * HISTORY.std(), windows.shape)
    report = score(windows + noise)
    assert report.copies == 0
    assert "come closer to history" in report.verdict[0].text


def test_independent_assets_do_not_fall_together():
    history, paths = make_history(n_assets=3), make_paths(n_assets=3)
    right = score(paths, history, names=["A", "B", "C"])
    assert right.cross_mean < 2
    assert set(right.drawdown) == {"A", "B", "C"}
    apart = np.stack([np.roll(paths[:, :, j], j, axis=0) for j in range(3)], axis=2)
    wrong = score(apart, history, names=["A", "B", "C"])
    assert wrong.cross_mean > 5
    assert wrong.mean == pytest.approx(right.mean)
    assert wrong.cross["joint tails"].value == pytest.approx(wrong.cross["joint tails"].floor, rel=0.2)
    assert "assets do not fall together" in wrong.verdict[0].text
    low, high = wrong.cross_mean_interval
    assert low < wrong.cross_mean < high


def test_the_same_seed_gives_the_same_report_and_another_nearly():
    one, again, other = (score(PATHS, random_state=seed) for seed in (0, 0, 1))
    assert one.to_dict() == again.to_dict()
    assert one.mean != other.mean
    # A floor of 20 draws is known to some 10 %.
    assert one.mean == pytest.approx(other.mean, rel=0.25)


def test_what_came_later_is_scored_in_the_paths_place():
    calm = make_history(1_000, seed=5) / 5
    report = score(PATHS, holdout=calm)
    assert report.mean_later > 1.5 * report.mean
    assert report["realised volatility"].details["later"] > 3
    assert report.memory["novelty"].details["later"] == pytest.approx(report.novelty_real, abs=0.1)
    assert score(PATHS).mean_later is None
    assert "left out" in score(PATHS, holdout=calm[:50]).notes[0]


def test_short_histories_are_scored_on_shorter_windows():
    report = score(PATHS, HISTORY[:240])
    assert report.about["steps of a window"] == 60
    assert "pieces of 60 steps" in report.notes[0]
    assert np.isfinite(report.mean)
    with pytest.raises(WindowError, match="79 complete steps; scoring needs at least 80"):
        score(PATHS, HISTORY[:79])
    with pytest.raises(WindowError, match="paths of 10 steps are too short"):
        score(PATHS[:, :10])


def test_one_asset_needs_no_axis_of_its_own():
    assert score(PATHS[:, :, 0], HISTORY[:, 0]).mean == score(PATHS).mean


def test_differences_are_scored_in_their_unit():
    report = score(100 * PATHS, 100 * HISTORY, kinds=["difference"])
    assert report["body quantiles"].value == pytest.approx(score(PATHS)["body quantiles"].value)
    assert report.drawdown["asset 1"].kind == "difference"
    assert max(report.drawdown["asset 1"].depths) > 1


def test_a_single_path_is_scored_without_intervals():
    report = score(PATHS[:1])
    assert report.mean_interval is None
    assert report["volatility clustering"].interval is None
    assert "1 paths are few" in report.notes[0]


@pytest.mark.parametrize(
    ("history", "paths", "options", "words"),
    [
        (HISTORY, make_paths(n_assets=2), {}, "the history has 1 assets, the paths have 2"),
        (HISTORY, PATHS, {"names": ["A", "B"]}, "2 are named"),
        (make_history(n_assets=2), make_paths(n_assets=2), {"names": ["A", "A"]}, "2 assets are called 'A'"),
        (np.zeros((3_000, 1)), PATHS, {}, "all 3000 returns of 'asset 1' are 0"),
        (np.array([["a"]] * 500), PATHS, {}, "the history are not numbers"),
        (HISTORY[None], PATHS, {}, r"the history have shape \(1, 3000, 1\)"),
        (HISTORY, PATHS[:0], {}, "the paths have shape"),
        (HISTORY, PATHS, {"holdout": make_history(500, 2)}, "the held-out steps have 2 assets"),
    ],
)
def test_what_cannot_be_compared_is_said(history, paths, options, words):
    with pytest.raises(DataError, match=words):
        score(paths, history, **options)


def test_paths_that_are_not_finite_are_found():
    paths = PATHS.copy()
    paths[7, 3, 0], paths[9, 0, 0] = np.nan, np.inf
    with pytest.raises(DataError, match="2 of 200 paths .* first is nan in path 7, step 3 of 'asset 1'") as caught:
        score(paths)
    assert (caught.value.row, caught.value.column) == (7, "asset 1")


def test_too_few_draws_are_an_error():
    with pytest.raises(ConfigError, match="draws is 3; give an integer from 10"):
        score(PATHS, draws=3)


def test_many_assets_and_constant_stretches_are_no_trouble():
    history, paths = make_history(1_000, 5), make_market(30, L, 5)
    history[100:400, 2] = 0
    paths[0, :, 1] = 0
    report = score(paths, history, draws=10)
    assert np.isfinite(report.mean)
    assert np.isfinite(report.cross_mean)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dates": np.arange(5), "path_dates": np.arange(L)}, "there are 5 dates for 3000 steps of the history"),
        ({"dates": np.arange(3_000), "path_dates": np.arange(5)}, f"there are 5 dates for the {L} steps of a path"),
        ({"levels": (HISTORY[:5], PATHS)}, r"levels has shapes \(5, 1\)"),
    ],
)
def test_dates_and_levels_must_fit(options, words):
    dates = (
        {name: np.datetime64("2020-01-01", "ns") + x * np.timedelta64(1, "D") for name, x in options.items()}
        if "dates" in options
        else options
    )
    with pytest.raises(DataError, match=words):
        score(PATHS, **dates)

import numpy as np
import pytest

from synthdiff.evaluation.stylized.asset import FACTS
from synthdiff.evaluation.stylized.distance import Groups, Subject, distances, gap
from synthdiff.evaluation.stylized.sample import Sample
from tests.evaluation.stylized.example import L, make_history, make_paths, shuffled

HISTORY = make_history(3_000)
SCALE = float(HISTORY.std())


def sample(x):
    return Sample(np.ascontiguousarray(x[:, :, 0]), SCALE)


def subject(paths, facts=FACTS, holdout=None):
    return Subject("A", facts, sample, HISTORY, paths, shuffled(HISTORY), holdout)


def scored(paths, n_draws=20, seed=0, **options):
    rng = np.random.default_rng(seed)
    return distances(subject(paths, **options), Groups.of(len(paths), rng), n_draws, rng)


def test_the_history_itself_is_closer_than_another_one():
    windows = np.stack([HISTORY[start : start + L] for start in range(0, 2_901, 21)])
    found = scored(windows)
    assert {name: distance.score for name, distance in found.items()} == dict.fromkeys(found, 0)


def test_another_history_of_the_same_process_scores_about_one():
    scores = [
        np.mean([distance.score for distance in scored(windows).values()])
        for seed in range(8)
        for windows in [make_history(3_000, seed=100 + seed).reshape(30, L, 1)]
    ]
    # The mean over facts of one history has a standard deviation of .3 to .4 over histories: .13 of the mean of eight.
    # Two histories differ by the noise of both, a resample from its history by one: up to the root of two more.
    assert 0.7 < np.mean(scores) < 1.9


def test_shuffled_steps_lack_what_takes_time():
    found = scored(make_paths(300))
    assert found["volatility clustering"].shuffled > 3
    assert found["tail quantiles"].shuffled < 1
    assert found["volatility clustering"].score < 2


def test_bands_hold_the_history():
    for name, distance in scored(make_paths(50)).items():
        inside = (distance.low <= distance.real + 1e-12) & (distance.real <= distance.high + 1e-12)
        assert inside.mean() > 0.6, name
        assert distance.limit > 1


def test_intervals_are_as_wide_as_scores_of_other_paths_differ():
    names = ("volatility clustering", "tail quantiles", "realised volatility")
    some = tuple(fact for fact in FACTS if fact.name in names)
    runs = [scored(make_paths(80, seed=20 + seed), facts=some) for seed in range(25)]
    for fact in some:
        spread = np.std([run[fact.name].score for run in runs], ddof=1)
        claimed = np.mean([run[fact.name].replicates.std(ddof=1) for run in runs])
        # A standard deviation of 25 runs has a relative error of 14 %, a claimed one, of 20 groups, 16 % / 5.
        assert 0.6 < claimed / spread < 1.6, fact.name


def test_few_paths_have_no_interval():
    found = scored(make_paths(3))
    assert all(not len(distance.replicates) for distance in found.values())
    assert all(len(distance.replicates) == 200 for distance in scored(make_paths(4)).values())


def test_pieces_of_a_path_share_its_group():
    groups = Groups.of(7, np.random.default_rng(0))
    assert (groups.of_pieces(21).reshape(7, 3) == groups.member[:, None]).all()


def test_replicates_of_a_mean_have_its_standard_error():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(400, 1))
    groups = Groups.of(400, rng)
    parts = np.stack([values[groups.member == g].mean(axis=0) for g in range(20)])
    replicates = groups.replicates(values.mean(axis=0), parts)
    # 20 groups know a standard error to 16 %.
    assert replicates.std() == pytest.approx(values.std() / 20, rel=0.45)


def test_what_resamples_do_not_change_has_no_score():
    still = Subject("A", FACTS[:1], lambda x: Sample(x[:, :, 0], 1.0), np.ones((500, 1)), *[np.ones((9, 100, 1))] * 2)
    found = distances(still, Groups.of(9, np.random.default_rng(0)), 10, np.random.default_rng(0))
    assert np.isnan(found["tail quantiles"].score)


def test_gap_is_a_root_mean_square():
    assert gap(np.array([[3.0, 0.0], [1.0, 1.0]]), np.array([0.0, 4.0])) == pytest.approx([np.sqrt(12.5), np.sqrt(5)])


def test_a_gap_by_weights_leaves_out_what_has_none():
    a, b = np.array([1.0, np.nan, 5.0]), np.zeros(3)
    assert gap(a, b, np.array([3.0, 0.0, 1.0])) == pytest.approx(np.sqrt((3 + 25) / 4))


def test_a_floor_is_at_least_what_it_is_said_to_be():
    still = Subject(
        "A",
        FACTS[:1],
        lambda x: Sample(x[:, :, 0], 1.0),
        np.ones((500, 1)),
        np.ones((9, 100, 1)),
        2 * np.ones((9, 100, 1)),
        least={"tail quantiles": 0.1},
    )
    found = distances(still, Groups.of(9, np.random.default_rng(0)), 10, np.random.default_rng(0))
    assert found["tail quantiles"].score == 0
    assert found["tail quantiles"].shuffled == pytest.approx(np.log(2) / 0.1)

import numpy as np
import pytest
from scipy.stats import t

from synthdiff.evaluation.stylized.distance import Distance
from synthdiff.evaluation.stylized.drift import FACTS, drift_subjects
from synthdiff.evaluation.stylized.fact import Telling
from synthdiff.evaluation.stylized.outlier import outlying
from synthdiff.evaluation.stylized.reach import below_zero
from synthdiff.evaluation.stylized.series import series_data


def distance(real, synthetic, error=0.1, n_windows=11):
    real, synthetic = np.array(real, dtype=float), np.array(synthetic, dtype=float)
    errors, windows = np.full(len(real), error), np.full(len(real), n_windows)
    return Distance(1, np.empty(0), 2, 3, None, real, synthetic, real, real, errors, None, windows)


def telling(*words, material=0.0):
    return Telling(words, lambda value: f"{value:.1f}", material)


def test_an_asset_is_named_beyond_chance_by_its_element_furthest_off():
    rows = outlying(
        telling("a", "b", "c"), {"X": distance([0, 0, 0], [0.1, -2, 1.5]), "Y": distance([0, 0, 0], [0, 0, 0])}
    )
    assert [(row["name"], row["words"], row["errors"]) for row in rows] == [("X", "b", pytest.approx(20))]
    assert rows[0]["text"] == "The b of X is -2.0 in paths, 0.0 in the history."


@pytest.mark.parametrize("n_assets", [1, 50])
def test_the_level_is_shared_by_all_elements(n_assets):
    limit = 0.1 * t.isf(0.01 / (2 * n_assets), 10)
    others = {f"A{k}": distance([0], [0]) for k in range(n_assets - 1)}
    for factor, found in ((0.99, 0), (1.01, 1)):
        assert len(outlying(telling("a"), {**others, "X": distance([0], [factor * limit])})) == found


def test_what_is_clear_but_small_or_not_known_is_not_told():
    assert not outlying(telling("a", material=0.5), {"X": distance([0], [0.4], 1e-6)})
    assert not outlying(telling("a"), {"X": distance([np.nan], [0.4], 1e-6)})
    assert not outlying(telling("a"), {"X": distance([1], [1], 0.0)})
    assert outlying(telling("a"), {"X": distance([0], [1], 0.0)})


def test_pairs_are_told_one_by_one():
    rows = outlying(telling("correlation"), {"": distance([0, 0, 0], [1.5, 0, 3])}, ["A and B", "A and C", "B and C"])
    assert [row["name"] for row in rows] == ["B and C", "A and B"]


def test_drift_is_the_mean_a_year_by_blocks_of_the_history():
    history = np.random.default_rng(0).normal(0.001, 0.01, (2_000, 2))
    paths = np.full((40, 300, 2), 0.002)
    data = series_data(history, paths, ["A", "B"], ["return", "difference"])
    (subject,) = drift_subjects(data, "return", 252.0)
    assert (subject.name, subject.length, FACTS["return"].name) == ("A", 125, "drift")
    assert subject.measured(subject.paths)["drift"] == pytest.approx([0.504])
    assert subject.measured(subject.real[None])["drift"] == pytest.approx([252 * history[:, 0].mean()])
    (level,) = drift_subjects(data, "difference", 252.0)
    assert (level.name, level.facts[0].name) == ("B", "drift of levels")
    assert level.facts[0].telling.text(0.5) == "+0.5 a year"


def test_paths_at_zero_or_below_are_counted_where_the_history_never_was():
    real = np.array([[1.0, 1.0, -1.0, np.nan], [2.0, np.nan, 3.0, np.nan]])
    paths = np.ones((4, 5, 4))
    paths[0, 2, :3], paths[1, 4, 1] = 0.0, -3.0
    assert below_zero("ABCD", real, paths) == {"A": 0.25, "B": 0.5}
    assert below_zero("ABCD", real, np.full((4, 5, 4), np.nan)) == {}

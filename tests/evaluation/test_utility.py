"""Downstream quality where the truth is known, and beside the same scores written down with scikit-learn alone."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import mean_squared_error, roc_auc_score

from synthdiff.errors import DataError
from synthdiff.evaluation import utility
from synthdiff.evaluation.downstream import Learner, learn, n_rounds
from synthdiff.evaluation.importance import agreement, importances
from synthdiff.evaluation.tables import make_tables
from synthdiff.evaluation.utility import utility_scores

TREES = {"max_iter": 200, "learning_rate": 0.1, "max_leaf_nodes": 31, "early_stopping": False, "random_state": 0}


def make(n, seed):
    rng = np.random.default_rng(seed)
    a, b, noise = rng.standard_normal((3, n))
    y = 2 * a + b + rng.standard_normal(n)
    third = np.digitize(a + 0.3 * b, [-0.5, 0.5])
    return pd.DataFrame(
        {
            "a": a,
            "b": b,
            "noise": noise,
            "y": np.where(rng.random(n) < 0.02, np.nan, y),
            "sign": np.where(y > 0, "plus", "minus"),
            "third": np.array(["low", "mid", "top"])[third],
            "same": "x",
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(np.round(1_000 + 100 * a), unit="D"),
        }
    )


@pytest.fixture(scope="module")
def tables():
    return make_tables(make(600, 1), make(500, 2), make(400, 3))


@pytest.fixture(scope="module")
def lost(tables):
    """Synthetic rows whose links are lost."""
    rows = make(500, 2)
    rng = np.random.default_rng(0)
    return make_tables(make(600, 1), rows.apply(lambda c: c.to_numpy()[rng.permutation(500)]), make(400, 3))


def parts(tables, target):
    place = tables.names.index(target)
    for rows in (tables.synthetic, tables.holdout):
        known = rows[~np.isnan(rows[:, place])]
        yield np.delete(known, place, axis=1), known[:, place]


class TestMle:
    def test_two_classes(self, tables):
        mle = utility_scores(tables, "sign")[0]
        (x, y), (x_test, y_test) = parts(tables, "sign")
        trees = HistGradientBoostingClassifier(**TREES).fit(x, y)
        probability = trees.predict_proba(x_test)[:, 1]
        assert mle.value == pytest.approx(roc_auc_score(y_test == 1, probability), abs=1e-12)
        assert mle.details["accuracy"]["synthetic"] == pytest.approx((y_test == (probability > 0.5)).mean())
        assert mle.direction == "higher"
        assert mle.interval[0] < mle.ceiling < mle.interval[1]
        assert mle.ceiling > 0.9
        assert mle.floor == pytest.approx(0.5, abs=0.15)

    def test_more_classes(self, tables):
        mle = utility_scores(tables, "third")[0]
        (x, y), (x_test, y_test) = parts(tables, "third")
        probability = HistGradientBoostingClassifier(**TREES).fit(x, y).predict_proba(x_test)
        expected = roc_auc_score(y_test, probability, multi_class="ovr", average="macro")
        assert mle.value == pytest.approx(expected, abs=1e-12)
        assert "mean of the classes" in mle.what

    def test_number(self, tables):
        mle = utility_scores(tables, "y")[0]
        (x, y), (x_test, y_test) = parts(tables, "y")
        expected = np.sqrt(mean_squared_error(y_test, HistGradientBoostingRegressor(**TREES).fit(x, y).predict(x_test)))
        assert mle.value == pytest.approx(expected, rel=1e-9)
        assert mle.direction == "lower"
        assert mle.interval[0] < mle.value < mle.interval[1]
        # Independent columns predict the mean, and worse by what the trees learn from noise.
        assert np.nanstd(y_test) * 0.95 < mle.floor < np.nanstd(y_test) * 1.3
        assert mle.details["r2"]["synthetic"] == pytest.approx(1 - expected**2 / y_test.var(), abs=1e-9)

    def test_moment_in_seconds(self, tables):
        mle = utility_scores(tables, "day")[0]
        assert "in seconds" in mle.what
        assert mle.value < 0.5 * 100 * 86_400 < mle.floor

    def test_rows_without_links_are_the_floor(self, lost):
        mle, agreed = utility_scores(lost, "sign")
        assert mle.standing < 0.3
        assert mle.interval[1] < mle.ceiling
        assert agreed.value < agreed.ceiling

    def test_interval_is_a_bootstrap_of_the_judged_rows(self, tables):
        mle = utility_scores(tables, "sign")[0]
        (x, y), (x_test, y_test) = parts(tables, "sign")
        probability = HistGradientBoostingClassifier(**TREES).fit(x, y).predict_proba(x_test)[:, 1]
        rng = np.random.default_rng(0)
        draws = rng.integers(len(y_test), size=(300, len(y_test)))
        spread = np.std([roc_auc_score(y_test[d], probability[d]) for d in draws])
        # Fifty replicates know a spread to 1 / sqrt(100).
        assert (mle.interval[1] - mle.interval[0]) / (2 * 1.96) == pytest.approx(spread, rel=0.4)

    def test_fewer_rows_are_noted(self, tables, monkeypatch):
        monkeypatch.setattr(utility, "MOST_ROWS", 200)
        mle = utility_scores(tables, "sign")[0]
        assert "learnt from 200 of 500 synthetic rows" in mle.note
        assert mle.details["n_rows"] == 200

    def test_many_classes_are_merged(self, monkeypatch):
        monkeypatch.setattr(utility, "MOST_CLASSES", 4)
        real, rows, holdout = (make(300, seed) for seed in (1, 2, 3))
        for frame in (real, rows, holdout):
            frame["step"] = "s" + pd.cut(frame["a"], [-9, -1.5, -0.5, 0, 0.5, 1.5, 9], labels=False).astype(str)
        mle = utility_scores(make_tables(real, rows, holdout), "step")[0]
        assert "3 rarest levels are one class" in mle.note
        assert mle.value > 0.9

    def test_rounds_shrink_with_classes(self):
        assert [n_rounds(k) for k in (2, 3, 7, 14, 5_000)] == [200, 200, 200, 100, 1]


class TestImportanceAgreement:
    def test_the_same_law_agrees(self, tables):
        agreed = utility_scores(tables, "y")[1]
        assert agreed.value > 0.95
        assert agreed.ceiling > 0.95
        assert agreed.floor < agreed.value
        assert agreed.interval[0] <= agreed.value <= 1
        columns = agreed.details["columns"]
        assert {c["column"] for c in columns} == {"a", "b", "noise", "sign", "third", "same", "day"}
        assert columns == sorted(columns, key=lambda c: -c["real"])
        assert next(c for c in columns if c["column"] == "same") == {"column": "same", "real": 0, "synthetic": 0}

    def test_another_law_does_not(self):
        rng = np.random.default_rng(0)
        x, y = rng.standard_normal((1_200, 3)), rng.standard_normal((2, 1_200))
        real = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "t": x[:, 0] + 0.1 * y[0]})
        rows = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "t": x[:, 1] + 0.1 * y[0]})
        agreed = utility_scores(make_tables(real[:600], rows[:600], real[600:]), "t")[1]
        assert agreed.value < 0.2
        assert agreed.ceiling > 0.99

    def test_agreement_is_a_cosine(self):
        first = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 0.0]])
        second = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]])
        np.testing.assert_allclose(agreement(first, second), [0, np.sqrt(0.5), 0])

    def test_importance_is_the_total_effect(self):
        class Sum:
            def predict(self, features):
                return features @ np.array([3.0, 1.0, 0.0])

        features = np.random.default_rng(0).standard_normal((5_000, 3))
        found = importances(Learner(Sum(), np.empty(0)), features, np.ones((1, 5_000)), np.random.default_rng(1))
        # The variances of the terms; a mean of 5,000 squares of normal values is known to sqrt(2 / 5,000).
        np.testing.assert_allclose(found, [[9, 1, 0]], rtol=5 * 0.02)


class TestWhatCannotBePredicted:
    def test_unknown_target(self, tables):
        with pytest.raises(DataError, match="the target 'Sing' is not among .*; did you mean 'sign'"):
            utility_scores(tables, "Sing")

    def test_constant_target(self, tables):
        for score in utility_scores(tables, "same"):
            assert score.value is None
            assert "'same' is constant in the real rows" in score.note

    def test_target_missing_in_the_synthetic_rows(self):
        tables = make_tables(make(100, 1), make(100, 2).assign(y=np.nan), make(100, 3))
        assert "0 synthetic rows with a known 'y'" in utility_scores(tables, "y")[0].note

    def test_single_column(self):
        frame = make(100, 1)[["sign"]]
        assert "no column to predict" in utility_scores(make_tables(frame, frame, frame), "sign")[0].note

    def test_synthetic_rows_of_one_class_teach_nothing(self):
        tables = make_tables(make(100, 1), make(100, 2).assign(sign="plus"), make(100, 3))
        mle, agreed = utility_scores(tables, "sign")
        assert mle.value == 0.5
        assert agreed.value == 0


def test_classes_that_were_not_learnt_do_not_count():
    learner = Learner(None, np.array([0.0, 1.0, 2.0]))
    probability = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.5, 0.4, 0.1], [0.3, 0.3, 0.4]])
    y = np.array([0.0, 1.0, 0.0, 5.0])
    assert learner.quality(y, probability).tolist() == [1.0]


def test_same_seed_same_model():
    rows = make(200, 1)[["a", "b", "noise"]].to_numpy()
    first, second = (learn(rows, 1, is_category=False, n_trees=5).predict(rows[:, [0, 2]]) for _ in range(2))
    np.testing.assert_array_equal(first, second)

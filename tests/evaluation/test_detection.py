"""Detection where the truth is known, and beside the same scores written down once more, without the package."""

import importlib.util
from functools import partial

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_score

from synthdiff.evaluation import detection
from synthdiff.evaluation.c2st import c2st, most_rows, xgb_c2st
from synthdiff.evaluation.detection import detection_scores, gbt_scores, separate
from synthdiff.evaluation.tables import make_tables
from synthdiff.evaluation.teller import largest_difference
from synthdiff.evaluation.tree import fit_trees
from synthdiff.roc import area

needs_xgboost = pytest.mark.skipif(not importlib.util.find_spec("xgboost"), reason="needs xgboost")


def make(n, seed):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(n)
    y = x + rng.standard_normal(n)
    level = np.where(y + 0.5 * rng.standard_normal(n) > 0, "high", "low").astype(object)
    level[rng.random(n) < 0.1] = None
    day = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 999, n), unit="D")
    return pd.DataFrame({"x": x, "y": y, "level": level, "day": day})


@pytest.fixture(scope="module", autouse=True)
def few_trees():
    """A tenth of the trees, for speed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detection, "fit_trees", partial(fit_trees, n_trees=20))
        yield


@pytest.fixture(scope="module")
def real():
    return make(600, 1)


@pytest.fixture(scope="module")
def holdout():
    return make(600, 2)


@pytest.fixture(scope="module")
def fresh(real, holdout):
    """Fresh rows of the same law."""
    return make_tables(real, make(600, 3), holdout)


@pytest.fixture(scope="module")
def fresh_scores(fresh):
    return {score.name: score for score in gbt_scores(fresh)}


@pytest.fixture(scope="module")
def shifted(real, holdout):
    """A fifth of the rows moved by one column's standard deviation."""
    rows = make(600, 3)
    moved = np.random.default_rng(0).random(600) < 0.2
    return make_tables(real, rows.assign(x=np.where(moved, 7.5, rows["x"])), holdout)


@pytest.fixture(scope="module")
def shifted_scores(shifted):
    return {score.name: score for score in gbt_scores(shifted)}


class TestTrees:
    def test_fresh_rows_are_a_coin(self, fresh_scores):
        for score in fresh_scores.values():
            low, high = score.interval
            assert low < 0.5 < high
            # The standard error of an area over 600 + 600 rows of one law is 1 / sqrt(6 * 600); other fits add half.
            assert high - low == pytest.approx(2 * 1.96 * 1.5 / 60, rel=0.15)
            assert score.direction == "lower"
            assert score.ceiling == pytest.approx(0.5, abs=5 / np.sqrt(0.4 * 6 * 600))
            assert score.floor > 0.6
            assert score.standing > 0.7

    def test_value_is_the_published_protocol(self, monkeypatch):
        monkeypatch.setattr(detection, "fit_trees", fit_trees)
        monkeypatch.setattr(detection, "N_REFERENCE_FOLDS", 1)
        fresh = make_tables(make(100, 1), make(90, 2), make(90, 3))
        rows, truth = np.vstack([fresh.holdout, fresh.synthetic]), np.repeat([0, 1], 90)
        trees = HistGradientBoostingClassifier(
            max_iter=200, learning_rate=0.1, max_leaf_nodes=31, early_stopping=False, random_state=0
        )
        folds = StratifiedKFold(5, shuffle=True, random_state=0)
        expected = cross_val_score(trees, rows, truth, cv=folds, scoring="roc_auc").mean()
        assert gbt_scores(fresh)[0].value == pytest.approx(expected, abs=1e-12)

    def test_copies_hide_from_those_who_look_at_learnt_rows(self, real, holdout):
        unseen, learnt = gbt_scores(make_tables(real, real, holdout))
        assert unseen.value == pytest.approx(0.5, abs=5 / 60)
        assert learnt.value < 0.2  # each row's twin is of the other class
        assert learnt.note == ""

    def test_value_is_the_mean_of_folds_and_its_error_shrinks_with_rows(self, fresh):
        whole = separate(fresh.holdout, fresh.synthetic)
        part = separate(fresh.holdout, fresh.synthetic, 2)
        assert whole.value == np.mean([area(fold.is_synthetic, fold.score) for fold in whole.folds])
        assert sum(len(fold.rows) for fold in whole.folds) == 1_200
        assert part.error == pytest.approx(whole.error * np.sqrt((1 / 2 + 1 / 4) / (1 / 5 + 1 / 4)), rel=0.1)

    def test_shifted_column_tells_first(self, shifted_scores):
        score = shifted_scores["gbt_auc"]
        # A fifth of the rows is found for certain: .2 + .8 * .5.
        assert score.value == pytest.approx(0.6, abs=0.05)
        assert score.interval[0] > 0.5
        teller = score.details["columns"][0]
        assert teller["column"] == "x"
        assert teller["importance"] > 0.05
        assert teller["alone_auc"] == pytest.approx(0.6, abs=0.05)
        assert (teller["where"], teller["real"]) == ("7.5", 0)
        assert teller["synthetic"] == pytest.approx(0.2, abs=5 * 0.0164)
        assert all(other["importance"] < 0.05 for other in score.details["columns"][1:])

    def test_pictures(self, shifted_scores):
        details = shifted_scores["gbt_auc"].details
        roc = details["roc"]
        assert len(roc["false_positive"]) == len(roc["true_positive"]) == 51
        assert np.trapezoid(roc["true_positive"], roc["false_positive"]) == pytest.approx(
            shifted_scores["gbt_auc"].value, abs=0.01
        )
        bars = details["histogram"]
        assert len(bars["edges"]) == 21
        assert sum(bars["real"]) == pytest.approx(1)
        assert sum(bars["synthetic"][14:]) == pytest.approx(0.2, abs=0.05)
        assert sum(bars["real"][14:]) < 0.05

    def test_split_off_holdout_is_noted(self, real):
        unseen, _ = gbt_scores(make_tables(real, make(100, 3)))
        assert "split off" in unseen.note

    def test_too_few_rows(self, real, holdout):
        for score in detection_scores(make_tables(real, make(9, 3), holdout)):
            assert score.value is None
            assert "it takes" in score.note or "not installed" in score.note


class TestPublishedTests:
    def test_logistic_is_that_of_sdmetrics(self, real, fresh):
        from sdmetrics.single_table import LogisticDetection

        def plain(rows):
            return fresh.frame(rows).fillna({"level": "<missing>"})

        metadata = {"columns": {c: {"sdtype": "numerical"} for c in ("x", "y")}}
        metadata["columns"] |= {"level": {"sdtype": "categorical"}, "day": {"sdtype": "datetime"}}
        score = c2st(fresh)
        values = []
        for seed in range(3):
            np.random.seed(seed)  # noqa: NPY002
            values.append(LogisticDetection.compute(plain(fresh.real), plain(fresh.synthetic), metadata))
        low, high = score.interval
        assert low < np.mean(values) < high
        assert high - low < 0.2
        assert score.ceiling > 0.8

    def test_global_random_state_is_left_alone(self, fresh):
        before = np.random.get_state()[1].tolist()  # noqa: NPY002
        first = c2st(fresh)
        assert np.random.get_state()[1].tolist() == before  # noqa: NPY002
        assert c2st(fresh) == first

    def test_shift_is_seen_and_unknown_levels_are_no_error(self, real, holdout):
        rows = make(600, 3)
        score = c2st(make_tables(real, rows.assign(x=rows["x"] + 3, level="never seen"), holdout))
        assert score.value < 0.2
        assert score.standing < 0.2

    def test_lost_links_are_not_what_a_linear_rule_sees(self, fresh):
        score = c2st(fresh)
        assert score.floor > 0.8
        assert score.bad == 0

    @needs_xgboost
    def test_xgboost_sees_lost_links(self, fresh):
        score = xgb_c2st(fresh)
        assert score.value > 0.85
        assert score.ceiling > 0.85
        assert score.floor < 0.8

    def test_without_xgboost(self, fresh, monkeypatch):
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
        score = xgb_c2st(fresh)
        assert score.value is None
        assert "pip install xgboost-cpu" in score.note

    def test_many_levels_leave_fewer_rows(self):
        names = [f"level {k}" for k in range(2_000)]
        frame = pd.DataFrame({"a": names * 3, "b": 1.5})
        assert most_rows(make_tables(frame, frame, categorical=("a",))) == 20_000_000 // (2 * 2_001)


class TestLargestDifference:
    @pytest.fixture
    def columns(self, fresh):
        return dict(zip(fresh.names, fresh.columns, strict=True))

    def test_range_of_values(self, columns):
        real = np.arange(100.0)
        rows = real.copy()
        rows[40:60] = np.r_[np.arange(0, 40, 4), np.arange(60, 100, 4)]
        found = largest_difference(columns["x"], real, rows)
        assert found == {"where": "40 to 59", "real": 0.2, "synthetic": 0.0}

    def test_missing(self, columns):
        real, rows = np.arange(10.0), np.r_[np.arange(5.0) * 2, np.full(5, np.nan)]
        assert largest_difference(columns["x"], real, rows) == {"where": "missing", "real": 0.0, "synthetic": 0.5}
        nothing = np.full(3, np.nan)
        assert largest_difference(columns["x"], nothing, nothing)["where"] == "missing"

    def test_level(self, columns):
        codes = {level: float(k) for k, level in enumerate(columns["level"].levels)}
        real = np.array([codes["high"]] * 5 + [codes["low"]] * 5)
        rows = np.array([codes["high"]] * 5 + [codes["low"]] * 3 + [codes["<missing>"]] * 2)
        assert largest_difference(columns["level"], real, rows)["real"] in (0.5, 0.0)
        rows = np.array([codes["high"]] * 4 + [codes["low"]] * 4 + [codes["<missing>"]] * 2)
        assert largest_difference(columns["level"], real, rows) == {"where": "missing", "real": 0.0, "synthetic": 0.2}

    def test_moments(self, columns):
        real, rows = np.arange(10.0) * 86_400, np.r_[np.arange(9.0) * 86_400, 86_400 * 1.5]
        assert largest_difference(columns["day"], real, rows)["where"] in ("1970-01-02T12:00:00", "1970-01-10")

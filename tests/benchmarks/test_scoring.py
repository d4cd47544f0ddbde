"""The scores where their value is known; random ones within five standard errors or a stated bound."""

import importlib.util

import numpy as np
import pandas as pd
import pytest

from benchmarks import scoring
from benchmarks.scoring import NAMES, Scorer, encode, kinds_of, plain
from synthdiff.datasets import make_customers


def make(n_rows, seed, link=1.0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(n_rows)
    y = link * x + rng.standard_normal(n_rows)
    level = np.where(y + 0.5 * rng.standard_normal(n_rows) > 0, "high", "low")
    day = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 999, n_rows), unit="D")
    return pd.DataFrame({"x": x, "y": y, "level": level, "day": day})


@pytest.fixture(scope="module")
def train():
    return make(2_000, 1)


@pytest.fixture(scope="module")
def held_out():
    return make(1_000, 2)


@pytest.fixture(scope="module")
def scorer(train, held_out):
    return Scorer(train, held_out, target="level")


class TestPreparation:
    def test_kinds(self):
        table = make_customers(50)
        kinds = kinds_of(table, ("postcode",))
        assert kinds["postcode"] == "categorical"
        assert kinds["billing_postcode"] == "numerical"
        assert kinds["is_business"] == kinds["newsletter"] == kinds["plan"] == kinds["note"] == "categorical"
        assert kinds["signup"] == kinds["last_login"] == "datetime"

    def test_other_dtypes_are_no_difference(self):
        table = pd.DataFrame({"n": [1, 2], "s": ["a", None], "b": [True, False], "d": pd.to_datetime(["2020", "2021"])})
        other = pd.DataFrame(
            {
                "d": ["2020-01-01", "2021-01-01"],
                "b": pd.array([True, False], dtype="boolean"),
                "s": pd.Categorical(["a", None]),
                "n": pd.array([1, 2], dtype="Int8"),
            },
            index=[7, 8],
        )
        kinds = kinds_of(table)
        left, right = plain(table, kinds), plain(other, kinds)
        pd.testing.assert_frame_equal(left, right, check_dtype=False)
        assert left["s"].tolist() == ["a", "<missing>"]

    def test_missing_column(self, train):
        with pytest.raises(KeyError, match="level"):
            plain(train.drop(columns="level"), kinds_of(train))

    def test_codes_are_shared_and_missing_stays_missing(self):
        frames = [
            pd.DataFrame({"s": ["b", "a"], "d": pd.to_datetime(["1970-01-02", None])}),
            pd.DataFrame({"s": ["c"]}),
        ]
        frames[1]["d"] = pd.to_datetime(["1970-01-01"])
        first, second = encode(frames, kinds_of(frames[0]))
        np.testing.assert_array_equal(first, [[1, 86_400], [0, np.nan]])
        np.testing.assert_array_equal(second, [[2, 0]])


class TestAgreement:
    def test_the_same_rows_agree_entirely(self, scorer, train):
        scores = scorer.synthetic(train)
        assert scores["shape"] == scores["trend"] == scores["copies"] == 1
        assert scores["c2st"] == 1
        # Half of the train rows are in the reference and nearest to themselves, half of the others nearer to train.
        assert scores["dcr_share"] == pytest.approx(0.75, abs=5 * 0.01)

    def test_fresh_rows_of_the_same_law(self, scorer):
        scores = scorer.synthetic(make(2_000, 3))
        # Two samples of 2,000 differ by about .03 in Kolmogorov's distance.
        assert scores["shape"] > 0.95
        assert scores["trend"] > 0.95
        assert scores["copies"] == 0
        # Standard errors: 1 / sqrt(12 * 500) of an area over folds of 200 + 200 rows each, .5 / sqrt(2000) of a share.
        assert scores["gbt_auc"] == pytest.approx(0.5, abs=5 * 0.013)
        assert scores["dcr_share"] == pytest.approx(0.5, abs=5 * 0.0112)

    def test_held_out_rows_as_the_bound(self, scorer):
        scores = scorer.real()
        assert set(scores) == set(NAMES)
        assert scores["dcr_share"] is None
        assert scores["gbt_auc"] == pytest.approx(0.5, abs=5 * 0.013)
        assert scores["shape"] > 0.94

    def test_lost_links_are_seen_by_trends_and_trees_alone(self, scorer, train):
        lost = train.apply(lambda column: column.sample(frac=1, random_state=len(column.name)).to_numpy())
        scores, real = scorer.synthetic(lost), scorer.real()
        assert scores["shape"] == 1
        assert scores["trend"] < real["trend"] - 0.05
        assert scores["gbt_auc"] > 0.6
        assert scores["mle"] < real["mle"] - 0.1

    def test_trend_of_numbers_is_half_the_difference_of_correlations(self):
        rng = np.random.default_rng(0)
        x = rng.standard_normal(5_000)
        real = pd.DataFrame({"a": x, "b": x})
        rows = pd.DataFrame({"a": x, "b": -x})
        assert scoring.trend(real, rows, kinds_of(real)) == pytest.approx(0)
        assert scoring.trend(real, rows.assign(b=0.0), kinds_of(real)) == 0  # a column that never varies scores nothing

    def test_rows_that_copy_held_out_rows_are_nearest_to_them(self, train, held_out, scorer):
        assert scorer.synthetic(held_out)["dcr_share"] == 0

    @pytest.mark.parametrize("drop", [["x", "y", "day"], ["level"]])
    def test_distances_without_numbers_or_without_categories(self, train, held_out, drop):
        frames = [frame.drop(columns=drop) for frame in (train, held_out, make(500, 4))]
        share = scoring.dcr_share(*frames, kinds_of(frames[0]))
        assert share == pytest.approx(0.5, abs=5 * 0.0224)

    def test_scores_repeat(self, scorer):
        rows = make(600, 5)
        assert scorer.synthetic(rows) == scorer.synthetic(rows)

    @pytest.mark.skipif(importlib.util.find_spec("xgboost") is None, reason="xgboost is in the extra `benchmarks`")
    def test_xgboost_sees_what_a_logistic_regression_does_not(self, scorer, train):
        lost = train.assign(y=train["y"].sample(frac=1, random_state=0).to_numpy())
        scores = scorer.synthetic(lost)
        assert scores["xgb_c2st"] < 0.7 < 0.9 < scores["c2st"]

    def test_without_xgboost_its_score_is_absent(self, monkeypatch, train):
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
        assert scoring.detection(train, train, kinds_of(train), trees=True) is None

    def test_levels_that_real_rows_lack(self, scorer, train):
        odd = train.assign(level=train["level"].where(np.arange(len(train)) > 20, "unheard of"))
        assert 0.95 < scorer.synthetic(odd)["c2st"] <= 1


class TestDownstream:
    def test_regression_error_is_the_noise(self, train, held_out):
        error = scoring.mle(train, held_out, kinds_of(train), "y")
        noise = np.sqrt(((held_out["y"] - held_out["x"]) ** 2).mean())
        assert noise * 0.6 < error < noise * 1.3  # `level` tells a little more than x alone

    def test_three_classes(self, train, held_out):
        frames = [
            frame.assign(level=pd.cut(frame["y"], [-99, -1, 1, 99], labels=list("abc")).astype(str))
            for frame in (train, held_out)
        ]
        assert scoring.mle(*frames, kinds_of(frames[0]), "level") == pytest.approx(1, abs=1e-3)

    def test_one_class_predicts_nothing(self, train, held_out):
        assert scoring.mle(train.assign(level="high"), held_out, kinds_of(train), "level") == 0.5

    def test_no_target(self, train, held_out):
        assert Scorer(train.head(200), held_out.head(200)).real()["mle"] is None


def test_a_table_of_every_kind_can_be_scored():
    table = make_customers(900).drop(columns=["customer_id", "note"])
    scores = Scorer(table.head(600), table.tail(300), ("postcode",), "segment").real()
    assert all(0 <= scores[name] <= 1 for name in ("shape", "trend", "c2st", "gbt_auc", "mle", "copies"))
    assert scores["mle"] > 0.9  # is_business and the prices tell the segment

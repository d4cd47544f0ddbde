import json

import numpy as np
import pytest

from synthdiff.evaluation.picture import DIGITS, TAILS, compact, pictures
from synthdiff.evaluation.tables import make_tables
from tests.evaluation.example import EVIL, example_frame, example_history, example_scores, example_tables


@pytest.fixture(scope="module")
def found():
    return pictures(example_tables(), example_scores(), example_history())


def test_pictures_are_plain_json(found):
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert list(found) == ["columns", "associations", "pairs", "tails", "training"]


def test_columns_hold_all_three_tables(found):
    assert [column["name"] for column in found["columns"]] == list(example_frame(9).columns)
    for column in found["columns"]:
        assert list(column["shares"]) == list(column["missing"]) == ["real", "synthetic", "holdout"]
        for key, shares in column["shares"].items():
            present = 1 - column["missing"][key] if column["scale"] != "category" else 1
            assert sum(shares) == pytest.approx(present, abs=1e-4)


def test_pairs_are_points_or_shares(found):
    points, levels, moments, both = found["pairs"]
    assert (points["x"], points["y"], points["score"]) == ("x", "y", 0.7)
    assert len(points["points"]["real"]["x"]) == 400
    assert np.corrcoef(points["points"]["real"]["x"], points["points"]["real"]["y"])[0, 1] > 0.6
    assert "points" in moments
    for pair in (levels, both):
        for shares in pair["shares"].values():
            assert np.shape(shares) == (len(pair["y_labels"]), len(pair["x_labels"]))
            assert np.sum(shares) == pytest.approx(1, abs=1e-3)
    assert levels["y_labels"] == ["a", "b", found["pairs"][1]["y_labels"][2]]
    assert levels["y"] == EVIL


def test_a_frequent_number_has_a_bin_of_its_own():
    rng = np.random.default_rng(0)
    frame = example_frame().assign(gain=np.where(rng.random(600) < 0.5, 0.0, rng.normal(10, 1, 600)))
    scores = [score for score in example_scores() if score.name != "trend"]
    trend = example_scores()[1]
    trend.details["pairs"] = [["gain", "color", 0.1]]
    (pair,) = pictures(make_tables(frame, frame, frame), [*scores, trend])["pairs"]
    zero = pair["x_labels"].index("0")
    assert np.sum(pair["shares"]["real"], axis=0)[zero] == pytest.approx((frame["gain"] == 0).mean(), abs=1e-3)


def test_tails_are_those_that_differ_most():
    frame = example_frame(3000)
    stretched = frame.assign(y=np.where(frame["y"] > frame["y"].quantile(0.99), frame["y"] * 3, frame["y"]))
    tails = pictures(make_tables(frame, stretched, frame), [])["tails"]
    assert tails["levels"] == list(TAILS)
    assert tails["columns"][0]["name"] == "y"
    assert tails["columns"][0]["gap"] > 2
    assert [tail["gap"] for tail in tails["columns"][1:]] == [0] * (len(tails["columns"]) - 1)
    assert tails["columns"][0]["holdout"] == tails["columns"][0]["real"]


def test_same_seed_same_pictures(found):
    assert pictures(example_tables(), example_scores(), example_history()) == found


def test_training_is_one_list_a_quantity_and_thinned():
    history = example_history(1000)
    training = pictures(example_tables(), [], history)["training"]
    assert {len(training[key]) for key in ("step", "seconds", "train_loss", "valid_loss", "learning_rate")} == {200}
    assert (training["step"][0], training["step"][-1]) == (0, 50 * 999)
    assert training["train_loss"][0] is None
    assert training["columns"]["y"] == [None] * 200


def test_what_there_is_nothing_of_is_left_out():
    frame = example_frame()[["color"]]
    assert list(pictures(make_tables(frame, frame), [], None)) == ["columns"]


def test_a_hundred_columns_stay_small():
    rng = np.random.default_rng(0)
    frame = example_frame(300).assign(**{f"column {k}": rng.normal(1e6, 1e3, 300) for k in range(92)})
    assert len(json.dumps(pictures(make_tables(frame, frame), example_scores()))) < 800_000


def test_numbers_keep_five_digits_and_what_tells_them_apart():
    assert compact(np.array([1_000_000.25, 1_000_000.5])) == [1_000_000.25, 1_000_000.5]
    assert compact(np.array([1 / 3, 2.0, np.nan, np.inf])) == [0.33333, 2, None, None]
    assert compact({"a": [np.float64(np.pi), np.int64(3)], "b": True}) == {"a": [3.1416, 3], "b": True}
    assert DIGITS == 5

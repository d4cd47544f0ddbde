"""What scikit-learn asks of estimators, by its own checks; each that cannot pass is listed with the reason."""

from __future__ import annotations

import pickle
from typing import Any

import cloudpickle
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import parametrize_with_checks

from synthdiff import SeriesDiffusion, TabularDiffusion
from synthdiff.datasets import make_market
from synthdiff.errors import DataError, SchemaError

QUICK: dict[str, Any] = {"preset": "fast", "max_steps": 2, "device": "cpu"}
SHORT = "its data have fewer rows than the 64 steps that a series needs"
EXPECTED: dict[type, dict[str, str]] = {
    TabularDiffusion: {},
    SeriesDiffusion: dict.fromkeys(
        (
            "check_fit_score_takes_y",
            "check_estimators_overwrite_params",
            "check_dont_overwrite_parameters",
            "check_estimators_fit_returns_self",
            "check_readonly_memmap_input",
            "check_n_features_in_after_fitting",
            "check_estimators_dtypes",
            "check_dtype_object",
            "check_pipeline_consistency",
            "check_estimators_pickle",
            "check_f_contiguous_array_estimator",
            "check_methods_sample_order_invariance",
            "check_methods_subset_invariance",
            "check_fit2d_1sample",
            "check_fit2d_1feature",
            "check_dict_unchanged",
            "check_fit2d_predict1d",
        ),
        SHORT,
    ),
}
"""Reasons by the names of the checks that must fail."""
FRAME = pd.DataFrame({"x": np.arange(60) % 7, "y": np.linspace(0, 1, 60).round(2), "c": ["a", "b", "c"] * 20})
DATA: dict[type, Any] = {TabularDiffusion: FRAME, SeriesDiffusion: make_market(200, 2, random_state=0)}


@parametrize_with_checks(
    [TabularDiffusion(random_state=0, **QUICK), SeriesDiffusion(random_state=0, **QUICK)],
    expected_failed_checks=lambda estimator: EXPECTED[type(estimator)],
)
def test_scikit_learn_checks_pass(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.fixture(scope="module", params=DATA, ids=lambda cls: cls.__name__)
def fitted(request: pytest.FixtureRequest) -> Any:
    return request.param(random_state=np.int64(0), **QUICK).fit(DATA[request.param])


def drawn(model: Any) -> Any:
    found = model.sample(5, random_state=1)
    return found if isinstance(found, pd.DataFrame) else found.returns


def test_a_clone_has_the_parameters_and_nothing_fitted(fitted: Any) -> None:
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    assert type(copy.random_state) is np.int64
    with pytest.raises(NotFittedError):
        copy.sample(1)


@pytest.mark.parametrize("module", [pickle, pytest.param(cloudpickle, marks=pytest.mark.long)])
def test_a_pickled_model_draws_the_same(fitted: Any, module: Any) -> None:
    again = pickle.loads(module.dumps(fitted))
    np.testing.assert_array_equal(drawn(again), drawn(fitted))


def test_a_second_fit_is_the_first_one(fitted: Any) -> None:
    before = drawn(fitted)
    params = fitted.get_params()
    assert fitted.fit(DATA[type(fitted)], y=np.ones(3)) is fitted
    assert fitted.get_params() == params
    np.testing.assert_array_equal(drawn(fitted), before)


def test_parameters_can_be_set_and_shown() -> None:
    model = TabularDiffusion().set_params(max_steps=3, random_state=np.random.RandomState(0))
    assert "max_steps=3" in repr(model)
    with pytest.raises(ValueError, match="Invalid parameter 'steps'"):
        model.set_params(steps=3)


def test_features_are_counted_and_named() -> None:
    model = TabularDiffusion(random_state=0, **QUICK).fit(FRAME.set_index("c"))
    assert model.n_features_in_ == 2
    assert list(model.feature_names_in_) == ["x", "y"]
    model.fit(FRAME[["x", "y"]].to_numpy())
    assert model.n_features_in_ == 2
    assert not hasattr(model, "feature_names_in_")
    assert not hasattr(model.fit(FRAME.set_axis([0, 1, "c"], axis=1)), "feature_names_in_")


@pytest.mark.parametrize(
    ("frame", "error", "words"),
    [
        (FRAME[["x"]], SchemaError, "no column 'y'"),
        (FRAME.assign(x=FRAME["x"] + 0.5), DataError, "column 'x' holds what the fitted one could not"),
        (FRAME[["x", "y"]].to_numpy(), SchemaError, "no column"),
    ],
)
def test_likelihoods_of_other_columns_are_plain_errors(frame: Any, error: type[Exception], words: str) -> None:
    model = TabularDiffusion(random_state=0, **QUICK).fit(FRAME)
    with pytest.raises(error, match=words):
        model.log_prob(frame)


def test_searches_compare_fits_by_what_held_out_rows_are_likely() -> None:
    rng = np.random.default_rng(0)
    size = rng.normal(size=600).round(2)
    frame = pd.DataFrame({"size": size, "grade": np.where(size > 0, "high", "low"), "on": rng.random(600) < 0.5})
    search = GridSearchCV(TabularDiffusion(random_state=0, **QUICK), {"max_steps": [1, 60]}, cv=2)
    assert search.fit(frame).best_params_ == {"max_steps": 60}

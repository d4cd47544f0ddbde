"""The whole report: good, shuffled and copied rows are told apart, and the same seed says the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthdiff import Report, evaluate
from synthdiff.datasets import make_customers
from synthdiff.errors import DataError

COLUMNS = ["segment", "age", "income", "plan", "monthly_fee", "n_orders", "order_value", "shipping", "total", "signup"]


def customers(seed: int, n: int = 700) -> pd.DataFrame:
    return make_customers(n, random_state=seed)[COLUMNS]


REAL, HOLDOUT = customers(0), customers(1)


class Model:
    """Knows its training rows by heart, and nothing of levels that it has not seen."""

    def __init__(self) -> None:
        record = {"seconds": 0.1, "train_loss": 2.0, "valid_loss": 2.0, "learning_rate": 0.1, "columns": {}}
        self.history_ = [{"step": step, **record} for step in (0, 10, 20)]

    def log_prob(self, X: Any) -> Any:
        assert "unheard of" not in X.column("segment").to_pylist()
        known = set(zip(REAL["signup"], REAL["segment"], REAL["plan"], strict=True))
        rows = zip(*(X.column(name).to_pylist() for name in ("signup", "segment", "plan")), strict=True)
        return np.array([float(row in known) for row in rows])


def test_a_perfect_generator_is_as_good_as_held_out_rows() -> None:
    report = evaluate(REAL, customers(2), HOLDOUT, target="plan", attacks=False)
    # Rows of the same law: standard error of the area, from the folds' test rows, .02; of the share, .02.
    assert abs(report["gbt_auc"].value - 0.5) < 0.07
    assert abs(report["dcr_share"].value - 0.5) < 0.07
    assert report.standing("fidelity") > 0.9
    assert report["mle"].standing > 0.8
    assert not report.problems


def test_shuffled_columns_are_recognised() -> None:
    rng = np.random.default_rng(0)
    shuffled = pd.DataFrame({c: REAL[c].to_numpy()[rng.permutation(len(REAL))] for c in COLUMNS}).astype(REAL.dtypes)
    report = evaluate(REAL, shuffled, HOLDOUT, attacks=False)
    assert report.verdict[0].level == "bad"
    assert "links" in report.verdict[0].text
    assert report["shape"].standing > 0.9
    assert report["trend"].value == pytest.approx(report["trend"].floor, abs=0.02)
    assert report["gbt_auc"].value > 0.9


def test_a_copy_is_recognised() -> None:
    report = evaluate(REAL, REAL, HOLDOUT, model=Model())
    assert report.verdict[0].level == "bad"
    assert report["copies"].value == 1.0
    assert report["dcr_share"].value > 0.9
    assert report["membership_likelihood"].value > 0.8
    assert report.standing("privacy") < 0.1
    assert report.pictures["training"]


def test_rows_that_a_model_cannot_know_are_no_members() -> None:
    strange = HOLDOUT.assign(segment=HOLDOUT["segment"].where(HOLDOUT.index > 20, "unheard of"))
    report = evaluate(REAL, customers(2), strange, model=Model())
    assert report["membership_likelihood"].value > 0.8


def test_the_same_seed_gives_the_same_report() -> None:
    reports = [evaluate(REAL, customers(2), HOLDOUT, target="total", attacks=False, random_state=5) for _ in range(2)]
    assert reports[0].to_dict() == reports[1].to_dict()
    assert Report.from_dict(reports[0].to_dict()).to_dict() == reports[0].to_dict()


def test_progress_is_told_in_order() -> None:
    told: list[tuple[str, float]] = []
    evaluate(REAL[:200], customers(2, 200), attacks=False, progress=lambda phase, share: told.append((phase, share)))
    assert [phase for phase, _ in told] == ["fidelity", "detection", "utility", "privacy", "attacks", "pictures"]
    assert [share for _, share in told] == sorted(share for _, share in told)


def test_a_target_that_is_not_there_is_an_error() -> None:
    with pytest.raises(DataError, match=r"no column 'plam' to predict in both tables.*'plan'"):
        evaluate(REAL, customers(2), HOLDOUT, target="plam")

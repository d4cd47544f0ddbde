"""Rules between columns that every real row keeps: every row that comes out keeps them too."""

import json
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from synthdiff.codecs.infer import infer_schema
from synthdiff.codecs.table import TableCodec
from synthdiff.constraints.rules import RuleSet
from synthdiff.constraints.search import find_rules
from synthdiff.data.frame import to_table
from synthdiff.models.inspection import inspect_table
from tests.cases.walk import walk

N = 600


def rng():
    return np.random.default_rng(5)


def scrambled(frame, seed=0):
    """The cells of each column in an order of their own, as a network draws them that has learnt nothing; then the
    rules, as they are read from a file."""
    table, kind = to_table(frame)
    codec, values = TableCodec.fit(table, infer_schema(table))
    rules = RuleSet.from_dict(json.loads(json.dumps(find_rules(table, codec.codecs).rules.to_dict())))
    rules.check_columns(codec.codecs)
    r = np.random.default_rng(seed)
    drawn = codec.decode(r.permuted(values, axis=0), 0, r)
    out, holds = rules.apply(drawn, codec.codecs, r)
    assert holds.mean() > 0.9
    return kind.restore(out.filter(pa.array(holds)))


def findings(frame):
    table, _ = to_table(frame)
    return inspect_table(table, infer_schema(table)).findings


def places():
    city = np.array([f"city {i}" for i in range(40)])
    at = rng().integers(40, size=N)
    return pd.DataFrame(
        {
            "city": city[at],
            "state": np.array([f"state {i % 9}" for i in range(40)])[at],
            "region": np.array([f"region {i % 9 % 3}" for i in range(40)])[at],
            "size": rng().normal(size=N).round(2),
        }
    )


def pairs_of(frame, *names):
    return set(map(tuple, frame[list(names)].astype(object).where(frame[list(names)].notna(), None).to_numpy()))


def by_code(values, key="code", **others):
    at = rng().integers(len(values), size=N)
    keys = [f"K{i:02d}" for i in range(len(values))]
    noise = rng().normal(size=N).round(2)
    return pd.DataFrame({key: np.array(keys)[at], "value": pd.Series(values).take(at).array, "noise": noise} | others)


DETERMINES = {
    "city and state": (places, ("city", "state")),
    "state and region": (places, ("state", "region")),
    "code and label, one to one": (lambda: by_code([f"label {i}" for i in range(12)]), ("code", "value")),
    "product and its price": (lambda: by_code([9.99 + 3 * i for i in range(12)]), ("code", "value")),
    "product and a decimal": (lambda: by_code([Decimal(i).scaleb(-2) for i in range(990, 1002)]), ("code", "value")),
    "event and its date": (
        lambda: by_code(pd.date_range("2020-01-01", periods=12, freq="37D").date),
        ("code", "value"),
    ),
    "event and its moment": (lambda: by_code(pd.date_range("2020-01-01", periods=12, freq="37h")), ("code", "value")),
    "event and a written date": (
        lambda: by_code(pd.date_range("2020-01-01", periods=12, freq="3D").strftime("%d.%m.%Y")),
        ("code", "value"),
    ),
    "code and a truth": (lambda: by_code([i % 3 == 0 for i in range(12)]), ("code", "value")),
    "code and nothing or a label": (
        lambda: by_code([None if i % 4 == 0 else f"label {i // 2}" for i in range(12)]),
        ("code", "value"),
    ),
    "code and a missing number": (
        lambda: by_code(pd.array([None if i % 4 == 0 else 10 * i for i in range(12)], "Int64")),
        ("code", "value"),
    ),
    "categories in an order": (
        lambda: by_code(pd.Categorical([f"C{i // 3}" for i in range(12)], [f"C{9 - i}" for i in range(10)])),
        ("code", "value"),
    ),
    "a number of a product and its name": (
        lambda: by_code([f"name {i}" for i in range(12)]).assign(
            code=lambda f: f["code"].str[1:].astype(int) * 977 % 10_007
        ),
        ("code", "value"),
    ),
    "a whole number and its word": (
        lambda: pd.DataFrame({"age": rng().integers(18, 80, N), "pay": rng().normal(size=N)}).assign(
            group=lambda f: pd.cut(f["age"], [0, 30, 50, 99], labels=["young", "middle", "old"]).astype(str)
        ),
        ("age", "group"),
    ),
    "two thousand keys": (
        lambda: pd.DataFrame({"code": [f"P{i:05d}x" for i in rng().integers(2000, size=8000)]}).assign(
            label=lambda f: "group " + (f["code"].str[1:6].astype(int) % 17).astype(str),
            size=np.arange(8000) % 7,
        ),
        ("code", "label"),
    ),
    "a missing key": (
        lambda: by_code([f"label {i}" for i in range(12)]).assign(
            code=lambda f: f["code"].where(f["code"] != "K03", None)
        ),
        ("code", "value"),
    ),
    "whole-number columns": (
        lambda: by_code([i * 7 for i in range(12)]).rename(columns={"code": 0, "value": 1, "noise": 2}),
        (0, 1),
    ),
}


@pytest.mark.parametrize("case", DETERMINES)
def test_what_is_determined_is_so_in_every_row(case):
    make, names = DETERMINES[case]
    frame = make()
    out = scrambled(frame)
    assert pairs_of(out, *names) <= pairs_of(frame, *names)
    assert len(pairs_of(out, *names)) > 1


def test_rules_are_kept_by_a_fitted_model(tmp_path):
    out = walk(places(), tmp_path, n_samples=5000)
    assert pairs_of(out, "city", "state", "region") <= pairs_of(places(), "city", "state", "region")


def test_without_rules_they_may_be_broken(tmp_path):
    out = walk(places(), tmp_path, rules=False)
    assert not pairs_of(out, "city", "state") <= pairs_of(places(), "city", "state")


def test_independent_columns_have_no_rules():
    r = rng()
    levels = {f"c{k}": r.integers(k, size=300).astype(str) for k in (2, 3, 10, 60)}
    rare = {"rare": np.where(np.arange(300) < 2, "yes", "no")}
    found = findings(pd.DataFrame({**levels, **rare, "x": r.normal(size=300), "k": r.integers(50, size=300)}))
    assert found.rules.describe() == []
    assert found.near == ()


def test_a_rule_that_a_row_breaks_is_shown_and_not_kept():
    frame = places()
    wrong = "state 8" if frame["state"][17] != "state 8" else "state 7"
    frame.loc[17, "state"] = wrong
    found = findings(frame)
    assert "city determines state" not in found.rules.describe()
    near = next(one for one in found.near if one.columns == ("city", "state"))
    assert (near.row, near.n_broken) == (17, 1)
    assert repr(wrong) in near.describe()

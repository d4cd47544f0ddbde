import json
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synthdiff.cli.validate import covariate_notes, missing_notes, share_or_date
from tests.cli.market import N_DAYS, market_table
from tests.cli.shop import run

FEW = ("--seeds", 1, "-n", 20, "--horizon", 20, "--challengers", "iid_bootstrap")


def validate(model, *words):
    return run("validate", model, "market.parquet", *FEW, *words)


def test_where_the_model_is_behind_goes_to_stdout_and_progress_to_stderr(market, fitted_market):
    result = validate(fitted_market, "--days", 0, "-o", "validation.json", "--html", "paths.html")
    assert result.exit_code == 0, result.stderr
    first = result.stdout.splitlines()[0]
    assert "beside 1 challenger" in first
    assert "All simulators were fitted to the history that their paths are scored against." in result.stdout
    for words in ("Paths, by stylised facts", "synthdiff", "iid bootstrap", "volatility clustering"):
        assert words in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 110
    assert "fit        5%  iid bootstrap" in result.stderr
    assert result.stderr.splitlines()[-1] == "Wrote validation.json and paths.html."
    data = json.loads((market / "validation.json").read_text())
    assert [candidate["name"] for candidate in data["candidates"]] == ["synthdiff", "iid bootstrap"]
    assert data["about"]["assets"] == ["A1", "A2"]
    assert "<html" in (market / "paths.html").read_text(encoding="utf-8")


def test_a_backtest_of_days_that_the_model_has_seen_says_so(market, fitted_market):
    """Of a history with holes, whose steps without a return of some asset are no days of it."""
    table = market_table().to_pandas()
    table.iloc[200:203, 1] = table.iloc[280, 0] = np.nan
    pq.write_table(pa.Table.from_pandas(table), "market.parquet")
    result = validate(fitted_market, "--since", "0.6", "--days", 50, "--backtest-paths", 100, "--json")
    assert result.exit_code == 0, result.stderr
    data = json.loads(result.stdout)
    lacking, note = data["notes"][0], data["notes"][1]
    # four cells without a price, and two returns over a hole
    assert lacking.startswith("6 of 299 steps lack a return of some asset: challengers are fitted without them")
    last = str(market_table().to_pandas().index[-1])[:10]
    assert note.startswith(f"In-sample: the model was fitted to rows up to {last} and is scored from ")
    assert data["drift"]["mean"] > 0
    assert data["candidates"][0]["backtest"]["first"] == N_DAYS - 1 - 6 - 50
    assert data["candidates"][1]["comparison"]["first"] == "synthdiff"


def test_later_prices_are_scored_by_a_model_that_has_not_seen_them(market, fitted_market):
    pq.write_table(market_table(N_DAYS + 120), "market.parquet")
    hint = validate(fitted_market, "--days", 0, "--challengers", "none", "--json")
    assert hint.exit_code == 0, hint.stderr
    note = json.loads(hint.stdout)["notes"][0]
    since = note.split("--since ")[1].split()[0]
    result = validate(fitted_market, "--since", since, "--days", 0, "--challengers", "none", "--json")
    assert result.exit_code == 0, result.stderr
    data = json.loads(result.stdout)
    assert data["notes"] == []
    assert data["about"]["scored on"].startswith("120 steps")
    assert len(data["candidates"]) == 1


def test_rows_that_lack_a_return_are_left_out_and_counted():
    assert missing_notes(np.array([True, True])) == []
    (note,) = missing_notes(np.array([True, False]))
    assert note.startswith("1 of 2 steps lack a return of some asset: challengers are fitted without them")


def test_since_is_a_share_or_a_date():
    assert share_or_date("0.7") == 0.7
    assert share_or_date("2013-01-01") == "2013-01-01"


def test_files_are_kept_without_force(market, fitted_market):
    (market / "mine").write_text("precious")
    for option in ("-o", "--html"):
        result = validate(fitted_market, option, "mine")
        assert result.exit_code == 3
        assert "mine exists" in result.stderr
    assert (market / "mine").read_text() == "precious"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--since", "1.5"), 2, "no share between 0 and 1"),
        (("--since", "someday"), 2, "no date such as"),
        (("--challengers", "garch"), 3, "there is no challenger 'garch'"),
        (("--seeds", "0"), 2, "--seeds"),
        (("--horizon", "5"), 2, "--horizon"),
    ],
)
def test_what_makes_no_sense_is_refused(market, fitted_market, words, code, message):
    result = validate(fitted_market, *words)
    assert result.exit_code == code
    assert message in result.stderr


def test_what_cannot_be_validated_is_said(market, fitted_market, fitted):
    table = run("validate", fitted, "market.parquet")
    assert table.exit_code == 6
    assert "is a model of a table" in table.stderr
    pq.write_table(pa.table({"other": np.arange(1.0, 80.0)}), "other.parquet")
    other = run("validate", fitted_market, "other.parquet", *FEW)
    assert other.exit_code == 3
    assert "there is no series 'A1', which the fit had" in other.stderr
    assert run("validate", fitted_market, "none.parquet").exit_code == 3


def test_covariates_of_the_days_are_known_only_if_there_are_some(market, fitted_market):
    result = validate(fitted_market, "--days", 0, "--known-covariates")
    assert result.exit_code == 3
    assert "--known-covariates: the model has no covariates" in result.stderr


def test_what_forecasts_see_of_covariates_is_said():
    model = SimpleNamespace(fitted_=SimpleNamespace(covariates=SimpleNamespace(names=("VIX", "regime"))))
    assert covariate_notes(model, False) == ["Forecasts of the model see 'VIX', 'regime' up to the day before."]
    (note,) = covariate_notes(model, True)
    assert note.startswith("Forecasts of the model know what 'VIX', 'regime' is on the days that they are of")

"""Commands look at names and numbers before they draw or score."""

import pytest

from synthdiff.sampling.path import PathSampler
from tests.cli.shop import run


@pytest.fixture
def undrawn(monkeypatch, market):
    """Drawing a path fails the test; the current folder is empty but for `market.parquet`."""
    monkeypatch.setattr(PathSampler, "draw", lambda *_, **__: pytest.fail("paths were drawn"))
    (market / "weights.csv").write_text("asset,weight\nA11,1\n")
    return market


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("stress", "--shock", "A11=-0.1"), 4, "did you mean 'A1'?"),
        (("stress", "--shock", "A1.drawdown=-0.1"), 4, "'A1.drawdown'"),
        (("stress", "--regime", "calm=1"), 4, "--regime names 'calm', which is no covariate of the model"),
        (("stress", "--weights", "weights.csv"), 3, "did you mean 'A1'?"),
        (("stress", "--horizon", "100000"), 3, "beyond the year 2262"),
        (("stress", "--replay", "zzz", "--history", "market.parquet"), 3, "no window called 'zzz'"),
        (("sample", "-n", "5", "--condition", "A11=-0.1"), 4, "did you mean 'A1'?"),
        (("sample", "-n", "5", "--plot", "x.png", "--plot-column", "A11"), 3, "did you mean 'A1'?"),
        (("validate", "market.parquet", "--challengers", "garch"), 3, "did you mean"),
    ],
)
def test_nothing_is_drawn_for_a_name_that_is_not_there(fitted_market, words, code, message):
    command, *rest = words
    result = run(command, fitted_market, *rest)
    assert (result.exit_code, message in result.stderr) == (code, True), result.stderr


def test_a_model_of_other_columns_is_refused_before_scoring(shop, fitted, monkeypatch):
    monkeypatch.setattr("synthdiff.evaluation.evaluate.fidelity_scores", lambda *_: pytest.fail("scored"))
    (shop / "other.csv").write_text("size,prize\n" + "S,1.5\nM,2.5\n" * 30)
    result = run("evaluate", "other.csv", "other.csv", "--model", fitted)
    assert result.exit_code == 3
    assert "the model has a column 'order_id' that the real table lacks" in result.stderr


NUMBERS = ("nan", "inf", "-inf", "NaN", "1e999", "١٠", "x")


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize(
    "words",
    [
        ("fit", "a.csv", "--max-time={}"),
        ("fit", "a.csv", "--max-time={}s"),
        ("fit", "a.csv", "--series", "--drift={}"),
        ("evaluate", "a.csv", "a.csv", "--fail-under", "fidelity={}"),
        ("stress", "m", "--shock", "SPX={}"),
        ("stress", "m", "--shock", "SPX<={}%"),
        ("stress", "m", "--max-drawdown={}"),
        ("stress", "m", "--reverse={}"),
        ("validate", "m", "a.csv", "--since={}"),
        ("demo", "--max-time={}"),
    ],
)
def test_a_number_is_finite(words, number):
    result = run(*(word.format(number) for word in words))
    assert result.exit_code == 2, result.output
    assert "Error: Invalid value for '--" in result.stderr


@pytest.mark.parametrize("number", ["nan", "inf", "0", "-1", "1" + "0" * 30, "1e3", "1.5", ""])
@pytest.mark.parametrize(
    "words",
    [
        ("fit", "a.csv", "--max-steps={}"),
        ("fit", "a.csv", "--series", "--window={}"),
        ("sample", "m", "-n{}"),
        ("sample", "m", "-n5", "--batch-size={}"),
        ("sample", "m", "-n5", "--horizon={}"),
        ("stress", "m", "--horizon={}"),
        ("stress", "m", "-n{}"),
        ("validate", "m", "a.csv", "--seeds={}"),
        ("validate", "m", "a.csv", "--horizon={}"),
        ("validate", "m", "a.csv", "--backtest-paths={}"),
        ("demo", "--rows={}"),
    ],
)
def test_a_count_is_a_number_above_0(words, number):
    result = run(*(word.format(number) for word in words))
    assert result.exit_code == 2, result.output


@pytest.mark.parametrize("seed", ["-1", "nan", "1" + "0" * 30])
@pytest.mark.parametrize(
    "words",
    [("fit", "a.csv"), ("sample", "m", "-n5"), ("stress", "m"), ("validate", "m", "a.csv"), ("evaluate", "a", "b")],
)
def test_a_seed_is_an_integer_from_0_on(words, seed):
    assert run(*words, f"--seed={seed}").exit_code == 2

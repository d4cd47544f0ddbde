import io
import json
import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from synthdiff.cli import series_sample
from synthdiff.cli.series_plot import Plot, joined, only
from synthdiff.cli.series_sample import Request, draw_paths
from synthdiff.data.io import read_table
from synthdiff.data.paths import Paths
from tests.cli.market import ASSETS, FIT, market_table, prices
from tests.cli.shop import run

STEPS, DAY = 6, np.datetime64("2024-01-31", "D")
FEW = ("-n", 5, "--horizon", STEPS, "--seed", 3)


@pytest.fixture
def here(tmp_path, monkeypatch, fitted_market):
    """A folder, made the current one, that holds `market.synthdiff`."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(fitted_market, "market.synthdiff")
    return tmp_path


def test_paths_go_to_a_parquet_file_in_the_units_that_were_fitted(here):
    result = run("sample", "market.synthdiff", *FEW)
    assert result.exit_code == 0, result.stderr
    frame = pd.read_parquet("market_paths.parquet")
    assert list(frame.columns) == ["path", "date", *ASSETS]
    assert frame["path"].tolist() == np.repeat(range(5), STEPS).tolist()
    days = pd.bdate_range("2011-02-28", periods=STEPS)  # what comes after the last fitted one
    assert frame["date"].tolist() == [*days] * 5
    moves = np.diff(np.log(prices()), axis=0)
    first = np.log(frame[list(ASSETS)].to_numpy()[::STEPS] / prices()[-1])
    assert np.abs(first).max() < 3 * np.abs(moves).max()
    assert result.stdout == ""
    assert "Wrote 5 paths of 6 steps to market_paths.parquet in " in result.stderr
    assert result.stderr.rstrip().endswith("seed 3.")


def test_returns_compound_to_the_values(here):
    assert run("sample", *FEW, "-o", "values.parquet").exit_code == 0
    assert run("sample", *FEW, "-o", "returns.parquet", "--returns").exit_code == 0
    values, returns = (
        pq.read_table(f"{name}.parquet").to_pandas()[list(ASSETS)].to_numpy().reshape(5, STEPS, 2)
        for name in ("values", "returns")
    )
    assert prices()[-1] * np.exp(returns.cumsum(axis=1)) == pytest.approx(values, rel=1e-9)


def test_more_paths_begin_with_the_same(here):
    more = run("sample", "-n", 7, "--horizon", STEPS, "--seed", 3, "-o", "more.parquet", "--json")
    facts = json.loads(more.stdout)
    assert (facts["paths"], facts["horizon"], facts["file"]) == (7, STEPS, "more.parquet")
    assert "Sampling from market.synthdiff, the newest finished model here." in more.stderr
    table = pq.read_table("more.parquet")
    assert table["path"].to_pylist() == np.repeat(range(7), STEPS).tolist()
    assert run("sample", *FEW, "-o", "few.parquet").exit_code == 0
    assert table.slice(0, 5 * STEPS).equals(pq.read_table("few.parquet"))
    assert run("sample", *FEW[:-1], 4, "-o", "other.parquet").exit_code == 0
    assert not pq.read_table("other.parquet").equals(pq.read_table("few.parquet"))


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "jsonl", "arrow"])
def test_the_format_goes_by_the_ending(here, ending):
    result = run("sample", *FEW, "-o", f"paths.{ending}")
    assert result.exit_code == 0, result.stderr
    table = read_table([f"paths.{ending}"])
    assert (table.num_rows, table.column_names) == (5 * STEPS, ["path", "date", *ASSETS])
    assert str(table["date"][0].as_py())[:10] == "2011-02-28"


def test_csv_streams_to_stdout_with_plain_dates(here):
    result = run("sample", *FEW, "-o", "-")
    table = pa.csv.read_csv(io.BytesIO(result.stdout_bytes))
    assert table.column_names == ["path", "date", *ASSETS]
    assert result.stdout.splitlines()[1].startswith("0,2011-02-28,")
    assert "Wrote 5 paths of 6 steps to stdout" in result.stderr


def test_a_forecast_begins_at_the_end_of_the_fitted_or_of_another_history(here):
    pq.write_table(market_table(), "same.parquet")
    pq.write_table(market_table().slice(0, 250), "early.parquet")
    for name, words in (
        ("end", ["--from", "end"]),
        ("same", ["--history", "same.parquet"]),
        ("early", ["--history", "early.parquet"]),
        ("anywhere", ["--from", "anywhere"]),
        ("raw", ["--raw"]),
    ):
        result = run("sample", *FEW, "-o", f"{name}_paths.parquet", *words)
        assert result.exit_code == 0, result.stderr
    end, same, early, anywhere, raw = (
        pd.read_parquet(f"{name}_paths.parquet") for name in ("end", "same", "early", "anywhere", "raw")
    )
    assert np.allclose(end[list(ASSETS)], same[list(ASSETS)])
    assert early["date"][0] == pd.Timestamp("2010-12-20")
    assert np.abs(np.log(early.loc[0, list(ASSETS)].to_numpy(float) / prices()[249])).max() < 0.2
    assert not np.allclose(end[list(ASSETS)], anywhere[list(ASSETS)])
    assert not np.allclose(raw[list(ASSETS)], anywhere[list(ASSETS)])


def test_without_a_horizon_paths_have_a_year_of_trading_days_and_it_is_said(here, monkeypatch):
    assert series_sample.HORIZON == 252
    monkeypatch.setattr(series_sample, "HORIZON", STEPS)
    result = run("sample", "-n", 2, "-o", "paths.csv")
    assert "Paths have 6 steps; --horizon says how many." in result.stderr
    assert read_table(["paths.csv"]).num_rows == 2 * STEPS
    assert "--horizon says how many" not in run("sample", *FEW, "-o", "other.csv").stderr


def test_a_fan_is_drawn_of_the_column_that_is_asked_for(here):
    pq.write_table(market_table(), "history.parquet")
    words = ("--history", "history.parquet", "--plot", "fan.png", "--plot-column", "A2", "--json")
    result = run("sample", *FEW, *words)
    assert result.exit_code == 0, result.stderr
    assert (here / "fan.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads(result.stdout)["plot"] == "fan.png"
    assert result.stderr.rstrip().endswith("seed 3, and drew fan.png.")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--plot", "fan.table"], "name a picture that ends in .png, .svg or .pdf"),
        (["--plot", "no/such/fan.png"], "there is no folder no/such"),
        (["--plot", "mine.png"], "mine.png exists"),
        (["--plot", "fan.png", "--plot-column", "A3"], "there is no column 'A3' to draw; there are 'A1', 'A2'"),
        (["--history", "nowhere.parquet"], "there is no file nowhere.parquet"),
        (["--history", "short.parquet"], "'A2'"),
    ],
)
def test_what_cannot_be_done_exits_with_3_before_the_work(here, words, message):
    (here / "mine.png").write_text("precious")
    pq.write_table(market_table(n_assets=1), "short.parquet")
    result = run("sample", *FEW, *words)
    assert result.exit_code == 3
    assert message in result.stderr
    assert sorted(path.name for path in here.iterdir()) == ["market.synthdiff", "mine.png", "short.parquet"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--batch-size", "7"], "--batch-size is for models of tables; market.synthdiff is one of market series"),
        (["--history", "a.csv", "--from", "end"], "--from goes with the fitted history"),
        (["--plot-column", "A1"], "--plot-column says what --plot shows"),
        (["--horizon", "0"], "--horizon"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(here, words, message):
    result = run("sample", "market.synthdiff", "-n", 2, *words)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    "words",
    [
        ["--horizon", "5"],
        ["--from", "anywhere"],
        ["--history", "a.csv"],
        ["--returns"],
        ["--raw"],
        ["--plot", "a.png"],
        ["--plot-column", "price"],
    ],
)
def test_models_of_tables_have_no_options_of_series(tmp_path, monkeypatch, fitted, words):
    monkeypatch.chdir(tmp_path)
    result = run("sample", fitted, "-n", 2, *words)
    assert result.exit_code == 2
    assert f"{words[0]} is for models of market series; " in " ".join(result.stderr.split())
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_kept_without_force(here):
    (here / "mine.csv").write_text("precious")
    refused = run("sample", *FEW, "-o", "mine.csv")
    assert refused.exit_code == 3
    assert (here / "mine.csv").read_text() == "precious"
    assert run("sample", *FEW, "-o", "mine.csv", "--force").exit_code == 0


def test_a_market_without_dates_has_numbered_steps(market):
    pq.write_table(pa.table(market_table().to_pandas().reset_index(drop=True)), "plain.parquet")
    assert run("fit", "plain.parquet", *FIT).exit_code == 0
    assert run("sample", "plain.synthdiff", *FEW).exit_code == 0
    assert pq.read_table("plain_paths.parquet")["step"].to_pylist() == [*range(1, STEPS + 1)] * 5


def test_paths_are_written_as_they_are_drawn_and_their_numbers_count_on(tmp_path):
    class Model:
        def iter_paths(self, n_paths, horizon, **options):
            self.options = options
            for n in (3, 3, 2):
                yield Paths.of(np.full((n, horizon, 1), 0.01), ["A"], start=[100.0], dates=[DAY, DAY + 1])

    seen, shown = [], []
    bar = SimpleNamespace(show=lambda phase, fraction, facts: shown.append((phase, fraction)))
    model, request = Model(), Request(8, 2, "end", None, True, 5)
    draw_paths(model, request, str(tmp_path / "paths.csv"), bar, keep=lambda part: seen.append(len(part)))
    lines = (tmp_path / "paths.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines[1::2]] == list("01234567")
    assert lines[1].startswith("0,2024-01-31,101.0")
    assert (seen, shown[-1]) == ([3, 3, 2], ("sample", 1.0))
    assert model.options == {"history": None, "from_end": True, "recalibrate": False, "random_state": 5}


def test_a_picture_keeps_only_what_it_shows(monkeypatch):
    returns = np.random.default_rng(0).normal(size=(10, 4, 2)) / 100
    paths = Paths.of(returns, ["A", "B"], start=[100.0, 50.0])
    one = only(paths, "B")
    assert (one.names, one.assets, one.returns.shape) == (("B",), ("B",), (10, 4, 1))
    assert one.values[..., 0] == pytest.approx(paths.values[..., 1])
    assert joined([one, one]).weights == pytest.approx(np.full(20, 0.05))

    monkeypatch.setattr("synthdiff.cli.series_plot.MOST_CELLS", 50)
    plot = Plot("fan.png", "A")
    for _ in range(3):
        plot.add(paths)
    assert (plot.n_seen, sum(map(len, plot._parts))) == (30, 20)


def test_every_path_meets_the_conditions(here):
    words = ("--condition", "A1=0.05..0.2", "--condition", "A2<=50%", "-o", "up.parquet", "--json")
    result = run("sample", "-n", 40, "--horizon", STEPS, "--seed", 3, *words)
    assert result.exit_code == 0, result.stderr
    event = json.loads(result.stdout)["event"]
    assert 0 < event["interval"][0] < event["probability"] < event["interval"][1] < 1
    assert "paths that nothing steers do so (95 %: " in " ".join(result.stderr.split())
    frame = pd.read_parquet("up.parquet")
    assert list(frame.columns) == ["path", "date", *ASSETS]  # so many do it by themselves that all weigh the same
    assert frame["path"].nunique() == 40
    assert event["effective_size"] == pytest.approx(40)
    assert event["notes"] == []
    last = frame.groupby("path").last()
    gained = last["A1"] / prices()[-1, 0] - 1
    assert gained.between(0.05, 0.2).all()


def test_a_forecast_may_be_conditioned_too(here):
    result = run("sample", *FEW, "--from", "end", "--condition", "A1>=0", "-o", "up.parquet")
    assert result.exit_code == 0, result.stderr
    last = pd.read_parquet("up.parquet").groupby("path").last()
    assert (last["A1"] >= prices()[-1, 0]).all()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--condition", "A1"), 2, "is no condition; write it as SPX=-0.3"),
        (("--condition", "A1=0", "--condition", "A1=1"), 2, "--condition names 'A1' twice"),
        (("--condition", "A9=-0.1"), 4, "'A9', which is nothing here"),
        (("--condition", "A1=-3"), 4, "write fractions, -0.3 for -30 %"),
    ],
)
def test_conditions_that_cannot_be(here, words, code, message):
    result = run("sample", *FEW, *words)
    assert result.exit_code == code
    assert message in " ".join(result.stderr.split())
    assert [path.name for path in here.iterdir()] == ["market.synthdiff"]


def test_a_gap_is_filled_between_two_files(here):
    pq.write_table(market_table().slice(0, 250), "early.parquet")
    pq.write_table(market_table().slice(254), "late.parquet")
    gap = ("--history", "early.parquet", "--then", "late.parquet", "-n", 5, "--seed", 3)
    result = run("sample", *gap, "-o", "gap.parquet", "--plot", "gap.png", "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["horizon"] == 4
    frame = pd.read_parquet("gap.parquet")
    assert list(frame.columns) == ["path", "date", *ASSETS, "weight"]
    assert frame["date"].tolist()[:4] == market_table()["date"].to_pylist()[250:254]
    assert frame["weight"].to_numpy()[::4].sum() == pytest.approx(1)
    three = run("sample", *gap, "-o", "three.parquet", "--horizon", 3)
    assert "Wrote 5 paths of 3 steps to three.parquet" in three.stderr


def test_holes_of_a_history_are_filled(here):
    history = market_table().to_pandas().reset_index()
    history.loc[100:103, "A2"] = np.nan
    history.to_parquet("holes.parquet")
    result = run("sample", "-n", 5, "--seed", 3, "--history", "holes.parquet", "--fill", "-o", "whole.parquet")
    assert result.exit_code == 0, result.stderr
    assert "Wrote 5 paths of 4 steps to whole.parquet" in result.stderr
    frame = pd.read_parquet("whole.parquet")
    assert list(frame.columns) == ["path", "date", *ASSETS]
    assert frame["A1"].tolist() == history["A1"][100:104].tolist() * 5
    assert frame["A2"].nunique() == 20
    whole = run("sample", "-n", 5, "--history", "whole.parquet", "--fill")
    assert whole.exit_code == 3


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--then", "late.parquet"], "say with --history where it begins"),
        (["--then", "late.parquet", "--history", "early.parquet", "--raw"], "does not go with --then"),
        (["--then", "late.parquet", "--history", "early.parquet", "--condition", "A1=0.1"], "does not go with --then"),
        (["--fill"], "say with --history what has them"),
        (["--fill", "--history", "early.parquet"], "--horizon does not go with --fill"),
    ],
)
def test_options_that_do_not_go_with_a_gap_are_wrong_usage(here, words, message):
    result = run("sample", *FEW, *words)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())


def test_the_fan_of_conditioned_paths_counts_their_weights():
    paths = Paths.of(np.zeros((2, 3, 1)), ["A"], weights=[0.9, 0.1])
    np.testing.assert_allclose(joined([only(paths, "A")]).weights, [0.9, 0.1])

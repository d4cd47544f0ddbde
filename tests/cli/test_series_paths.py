import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synthdiff.cli.series_paths import moving_columns, read_paths
from synthdiff.data.market import Market, read_market
from synthdiff.errors import DataError, SchemaError
from tests.cli.market import ASSETS, market_table, paths_table, prices

N, L = 60, 40


@pytest.fixture
def real():
    return read_market(market_table())


def written(folder, table, name="paths.parquet"):
    pq.write_table(table, folder / name)
    return str(folder / name)


def cube(table):
    return np.stack([table[name].to_numpy() for name in ASSETS], axis=1).reshape(N, L, 2)


def test_prices_become_log_returns_and_the_first_step_is_what_they_start_from(tmp_path, real):
    table = paths_table()
    paths = read_paths(written(tmp_path, table), real)
    assert (paths.assets, paths.names, paths.kinds) == (ASSETS, ASSETS, ("return", "return"))
    assert paths.returns == pytest.approx(np.diff(np.log(cube(table)), axis=1))
    assert paths.values == pytest.approx(cube(table)[:, 1:])
    assert paths.dates is None
    assert paths.weights == pytest.approx(np.full(N, 1 / N))


def test_rows_may_come_in_any_order_with_dates_weights_and_other_columns(tmp_path, real):
    table = paths_table(key="date")
    mixed = table.append_column("weight", pa.array(np.repeat(np.arange(N) / 7, L)))
    mixed = mixed.append_column("note", pa.array(["x"] * table.num_rows))
    mixed = mixed.set_column(0, "path", pa.array([f"p{k:02d}" for k in table["path"].to_pylist()]))
    order = np.random.default_rng(0).permutation(table.num_rows)
    paths = read_paths(written(tmp_path, mixed.take(order)), real)
    places = [f"p{k:02d}" for k in range(N)]  # paths come in the order in which they are first met
    first = [mixed.take(order)["path"].to_pylist().index(place) for place in places]
    place = np.argsort(first)
    assert paths.returns == pytest.approx(np.diff(np.log(cube(table)), axis=1)[place])
    assert paths.weights == pytest.approx((np.arange(N) / np.arange(N).sum())[place])
    assert paths.dates.astype("datetime64[D]").astype(str)[:2].tolist() == ["2030-01-03", "2030-01-04"]


def test_dates_that_differ_between_paths_are_left_out(tmp_path, real):
    table = paths_table(key="date")
    shifted = table["date"].to_numpy() + table["path"].to_numpy() * np.timedelta64(1, "D")
    place = written(tmp_path, table.set_column(1, "date", pa.array(shifted)))
    assert read_paths(place, real).dates is None


def test_returns_are_taken_as_they_are_when_it_is_said(tmp_path, real):
    table = paths_table()
    moves = np.diff(np.log(cube(table)), axis=1)
    flat = pa.table(
        {
            "path": np.repeat(np.arange(N), L - 1),
            "step": np.tile(np.arange(L - 1), N),
            **dict(zip(ASSETS, moves.reshape(-1, 2).T, strict=True)),
        }
    )
    place = written(tmp_path, flat)
    assert read_paths(place, real, returns=True).returns == pytest.approx(moves)
    with pytest.raises(DataError, match=r"paths of 'A1' hold -0\.\d+, and in the history it is a price; say --returns"):
        read_paths(place, real)


def test_an_array_holds_log_returns_of_the_assets_in_their_order(tmp_path, real):
    moves = np.random.default_rng(0).normal(size=(5, 30, 2)).astype(np.float32) / 100
    np.save(tmp_path / "paths.npy", moves)
    paths = read_paths(str(tmp_path / "paths.npy"), real)
    assert paths.assets == ASSETS
    assert paths.returns == pytest.approx(moves)
    one = Market(("A1",), prices()[:, :1], None, ("A1",), ("price",))
    np.save(tmp_path / "one.npy", moves[..., 0])
    assert read_paths(str(tmp_path / "one.npy"), one).returns.shape == (5, 30, 1)
    with pytest.raises(DataError, match=r"holds 1 assets, the history 2: 'A1', 'A2'"):
        read_paths(str(tmp_path / "one.npy"), real)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.array([{"a": 1}], dtype=object), "Object arrays cannot be loaded"),
        (np.zeros(5), r"holds float64 of shape \(5,\); give log returns"),
        (np.array([["a"]]), "give log returns"),
    ],
)
def test_an_array_that_holds_something_else_is_refused_and_nothing_in_it_is_run(tmp_path, real, array, words):
    np.save(tmp_path / "paths.npy", array, allow_pickle=True)
    with pytest.raises(DataError, match=words):
        read_paths(str(tmp_path / "paths.npy"), real)


def test_levels_move_by_differences_and_returns_lose_no_step(tmp_path, real):
    place = written(tmp_path, paths_table())
    levels = Market(ASSETS, prices(), None, ASSETS, ("level", "price"))
    paths = read_paths(place, levels)
    assert paths.kinds == ("difference", "return")
    assert paths.returns[:, 1:, 0] == pytest.approx(np.diff(paths.values[..., 0], axis=1))
    own = Market(ASSETS, np.diff(np.log(prices()), axis=0), None, ASSETS, ("return", "return"))
    assert read_paths(place, own).n_steps == L


def test_bars_come_with_all_their_columns(tmp_path):
    bars = market_table(bars=True)
    real = read_market(bars)
    assert moving_columns(real) == {"close": 3}
    table = bars.drop_columns("date").slice(0, 200)
    table = table.append_column("path", pa.array(np.repeat(np.arange(5), 40)))
    table = table.append_column("step", pa.array(np.tile(np.arange(40), 5)))
    paths = read_paths(written(tmp_path, table), real)
    assert (paths.assets, paths.names) == (("close",), ("open", "high", "low", "close", "volume"))
    assert paths.values.shape == (5, 39, 5)
    close = table["close"].to_numpy().reshape(5, 40)
    assert paths.returns[..., 0] == pytest.approx(np.diff(np.log(close), axis=1))


def test_some_of_the_assets_are_enough(tmp_path, real):
    place = written(tmp_path, paths_table().drop_columns("A1"))
    assert read_paths(place, real).assets == ("A2",)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda t: t.drop_columns("path"), SchemaError, "paths need 'path', 'date' or 'step', and a column a series"),
        (lambda t: t.drop_columns("step"), SchemaError, "paths need"),
        (lambda t: t.rename_columns(["path", "step", "B1", "B2"]), SchemaError, "none of the history's: 'A1', 'A2'"),
        (lambda t: t.slice(0, 0), DataError, "holds no rows"),
        (lambda t: t.slice(0, t.num_rows - 1), DataError, "path 59 has 39 steps, path 0 40; give all the same"),
        (
            lambda t: t.set_column(1, "step", pa.array([1, 1, *t["step"].to_pylist()[2:]])),
            DataError,
            "path 0 has two rows of step 1",
        ),
        (
            lambda t: t.set_column(2, "A1", pa.array([None, None, *t["A1"].to_pylist()[2:]])),
            DataError,
            "'A1' are nan at step 1 of path 0",
        ),
    ],
)
def test_a_table_that_holds_no_paths_is_refused_in_plain_words(tmp_path, real, change, error, words):
    with pytest.raises(error, match=words):
        read_paths(written(tmp_path, change(paths_table())), real)

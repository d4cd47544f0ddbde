from io import StringIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from synthdiff.cli.beside import columns_table, rows_table, rules_table
from synthdiff.cli.picture import draw_comparison
from synthdiff.cli.rules import rule_shares
from synthdiff.datasets import make_customers
from synthdiff.models.artifact import is_finished
from tests.cli.shop import run


@pytest.fixture(scope="module")
def customers():
    return pa.Table.from_pandas(make_customers(2000), preserve_index=False)


def test_the_rules_are_those_of_the_table(customers):
    shares = dict(rule_shares(customers))
    missing = {name: share for name, share in shares.items() if name.startswith("income missing")}
    copies = shares.pop("billing_postcode = postcode")
    assert 0.88 < copies < 0.93  # 90 %, and some of the others by chance; standard error 0.007
    assert {share for name, share in shares.items() if name not in missing} == {1.0}
    assert missing["income missing, enterprise"] > 0.5 > 0.4 > missing["income missing, student"] > 0.25


def test_broken_rules_are_seen(customers):
    index = customers.column_names.index("total")
    wrong = customers.set_column(index, "total", pa.array([0.0] * 2000))
    assert dict(rule_shares(wrong))["total = order_value + shipping"] < 0.5
    shifted = customers.set_column(customers.column_names.index("postcode"), "postcode", pa.array([99_999] * 2000))
    assert dict(rule_shares(shifted))["postcode lies in region"] == 0.0


@pytest.mark.parametrize("width", [80, 120])
def test_the_comparison_fits_the_screen(customers, width):
    half = customers.slice(0, 1000), customers.slice(1000)
    kinds = dict.fromkeys(customers.column_names, "categorical") | {"income": "numeric", "signup": "datetime"}
    console = Console(width=width, record=True, file=StringIO())
    rules = [dict(rule_shares(table)) for table in half]
    for table in (rows_table(*half), columns_table(kinds, *half), rules_table(*rules)):
        console.print(table)
    lines = console.export_text().splitlines()
    assert max(map(len, lines)) <= width
    assert any(line.startswith("billing_postcode = postcode") and line.count("%") == 2 for line in lines)
    assert any(line.split()[0] == "income" and line.count("±") == 2 for line in lines if line.split())


def test_a_picture_is_drawn_of_columns_with_gaps_and_of_a_single_one(customers, tmp_path):
    kinds = {"age": "integer", "plan": "categorical", "last_login": "datetime", "customer_id": "identifier"}
    for name, some in (("all", kinds), ("one", {"country": "categorical"})):
        draw_comparison(customers, customers.slice(0, 50), some, tmp_path / f"{name}.png")
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_the_demo_leaves_data_model_rows_and_a_picture(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    result = run("demo", "--rows", "300", "--max-time", "2s", "-o", "here")
    assert result.exit_code == 0, result.stderr
    folder = tmp_path / "here"
    real, synthetic = (pd.read_parquet(folder / f"customers{end}.parquet") for end in ("", "_synthetic"))
    assert synthetic.dtypes.equals(real.dtypes)
    assert len(synthetic) == len(real) == 300
    assert is_finished(folder / "customers.synthdiff")
    assert (folder / "comparison.png").stat().st_size > 10_000
    assert "total = order_value + shipping" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80
    for place in ("customers.parquet", "customers.synthdiff", "customers_synthetic.parquet", "comparison.png"):
        assert f"here/{place}" in result.stderr

    again = run("demo", "--rows", "300", "--max-time", "2s", "-o", "here")
    assert again.exit_code == 3
    assert "finished model already" in again.stderr


@pytest.mark.parametrize("name", ["customers.parquet", "customers_synthetic.parquet", "comparison.png"])
def test_the_demo_does_not_write_over_other_files(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    pq.write_table(pa.table({"mine": [1, 2]}), name)
    result = run("demo", "--rows", "100", "-o", ".")
    assert result.exit_code == 3
    assert f"{name} exists" in result.stderr
    assert pq.read_table(name).to_pydict() == {"mine": [1, 2]}
    assert [path.name for path in tmp_path.iterdir()] == [name]

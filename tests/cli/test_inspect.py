import json

import pyarrow.parquet as pq
import pytest

from synthdiff.data.schema import Schema
from tests.cli.shop import FIT, run, shop_table

KINDS = {
    "order_id": "identifier",
    "size": "categorical",
    "price": "numeric",
    "paid": "numeric",
    "day": "date",
    "rating": "integer",
}


@pytest.mark.parametrize("width", [80, 120])
def test_each_column_gets_its_kind_and_the_reason_within_the_screen(shop, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    result = run("inspect", "shop.parquet")
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= width
    found = {words[0]: words[1] for words in map(str.split, lines) if words and words[0] in KINDS}
    assert found == KINDS
    rating = next(line for line in lines if line.startswith("rating"))
    assert f"{shop_table()['rating'].null_count / 160:.1%}" in rating
    assert "160 rows, 6 columns." in result.stderr


def test_the_schema_file_holds_what_was_found_and_can_be_edited(shop):
    result = run("inspect", "shop.parquet")
    assert "Wrote schema.json. Next: synthdiff fit shop.parquet --schema schema.json" in result.stderr
    assert {column.name: column.kind for column in Schema.read("schema.json")} == KINDS

    path = shop / "schema.json"
    path.write_text(path.read_text().replace('"rating", "kind": "integer"', '"rating", "kind": "categorical"'))
    assert run("fit", "shop.parquet", "--schema", "schema.json", *FIT).exit_code == 0
    columns = json.loads(run("info", "--json").stdout)["columns"]
    assert {column["name"]: column["kind"] for column in columns} == {**KINDS, "rating": "categorical"}


def test_a_schema_file_that_is_there_is_never_overwritten_unasked(shop):
    (shop / "schema.json").write_text("precious")
    shown = run("inspect", "shop.parquet")
    assert shown.exit_code == 0
    assert "schema.json was there already and stays as it is" in shown.stderr
    refused = run("inspect", "shop.parquet", "-o", "schema.json")
    assert refused.exit_code == 3
    assert (shop / "schema.json").read_text() == "precious"
    assert run("inspect", "shop.parquet", "--force").exit_code == 0
    assert len(Schema.read("schema.json")) == 6


def test_json_tells_the_facts_of_each_column(shop):
    result = run("inspect", "shop.parquet", "--categorical", "rating", "-o", "other.json", "--json")
    facts = json.loads(result.stdout)
    assert (facts["rows"], facts["schema"]) == (160, "other.json")
    columns = {column["name"]: column for column in facts["columns"]}
    assert columns["rating"]["kind"] == "categorical"
    assert columns["size"]["distinct"] == 3
    assert columns["rating"]["null_share"] == pytest.approx(shop_table()["rating"].null_count / 160)
    assert columns["order_id"]["tokens"] == 0 < columns["price"]["tokens"]
    assert "price" in columns["paid"]["copies"]  # half of the rows are equal


def test_a_name_with_brackets_is_shown_as_it_is(shop):
    names = ["id", "size [cm]", "[bold]price", "paid", "day", "rating"]
    pq.write_table(shop_table().rename_columns(names), "odd.parquet")
    text = run("inspect", "odd.parquet").stdout
    assert "size [cm]" in text
    assert "[bold]price" in text

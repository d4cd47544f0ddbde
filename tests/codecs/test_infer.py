import pyarrow as pa
import pytest

from synthdiff.codecs.infer import infer_schema
from synthdiff.codecs.registry import fit_codec
from synthdiff.data.schema import Schema
from synthdiff.errors import SchemaError

TABLE = pa.table(
    {
        "grade": [1, 2, 3, 1] * 10,
        "town": ["Rome", "Oslo", None, "Rome"] * 10,
        "note": [f"a note of more than five words {'x' * (i % 7)} {i}" for i in range(40)],
        "when": ["31/01/2020", "01/02/2020"] * 20,
        "agree": ["yes", "no"] * 20,
        "nothing": pa.nulls(40, pa.float64()),
    }
)


def kinds(schema):
    return {column.name: column.kind for column in schema}


def test_kinds_reasons_types_and_missing_values():
    schema = infer_schema(TABLE)
    assert kinds(schema) == {
        "grade": "integer",
        "town": "categorical",
        "note": "text",
        "when": "date",
        "agree": "categorical",
        "nothing": "empty",
    }
    assert [column.nullable for column in schema] == [False, True, False, False, False, True]
    assert schema["grade"].type == "int64"
    assert schema["grade"].why == "integers, 3 distinct"
    assert schema["when"].why == "text, every value a date written %d/%m/%Y"
    assert schema["note"].text == "null"
    assert infer_schema(TABLE, text="resample")["note"].text == "resample"


def test_the_user_knows_better():
    given = Schema.from_dict(
        {
            "columns": [
                {"name": "town", "kind": "categorical", "min_count": 5},
                {"name": "when", "kind": "categorical"},
                {"name": "nothing", "kind": "numeric"},
            ],
            "primary_key": "town",
        }
    )
    schema = infer_schema(TABLE, categorical=["grade"], given=given)
    assert schema["grade"].kind == "categorical"
    assert schema["grade"].why == "declared; without that it would be integer: integers, 3 distinct"
    assert schema["town"].min_count == 5
    assert schema["town"].why == "strings that repeat, 2 levels"
    assert schema["when"].kind == "categorical"
    assert schema["nothing"].kind == "empty"
    assert schema.primary_key == "town"
    assert schema.names == TABLE.column_names


def test_a_schema_that_was_inferred_changes_nothing():
    schema = infer_schema(TABLE, text="resample")
    assert infer_schema(TABLE, given=Schema.from_dict(schema.to_dict())) == schema


def test_metadata_without_types_are_read_with_good_will():
    sdtypes = {"grade": "numerical", "when": "datetime", "agree": "boolean", "town": "categorical", "note": "email"}
    given = Schema.from_dict({"columns": {name: {"sdtype": sdtype} for name, sdtype in sdtypes.items()}})
    schema = infer_schema(TABLE, given=given)
    assert kinds(schema)["grade"] == "integer"
    assert kinds(schema)["when"] == "date"
    assert kinds(schema)["agree"] == "categorical"
    numbers = pa.table({"phone": [5550001, 5550001, 5550003]})
    given = Schema.from_dict({"columns": {"phone": {"sdtype": "phone_number"}}})
    assert infer_schema(numbers, given=given)["phone"].pii == "regenerate"


@pytest.mark.parametrize(
    "options", [{"categorical": ["Grade"]}, {"given": {"columns": [{"name": "Grade", "kind": "text"}]}}]
)
def test_a_name_that_does_not_exist_is_refused(options):
    if "given" in options:
        options = {"given": Schema.from_dict(options["given"])}
    with pytest.raises(SchemaError, match="the table has no column 'Grade'; did you mean 'grade'"):
        infer_schema(TABLE, **options)


def test_a_kind_that_the_type_rules_out_is_refused():
    given = Schema.from_dict({"columns": [{"name": "grade", "kind": "duration"}]})
    with pytest.raises(SchemaError, match="'grade' is declared duration, but holds int64; integer would fit"):
        infer_schema(TABLE, given=given)


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"x": [1]}),
        pa.table({"x": [None]}),
        pa.table({"x": ["a", None]}),
        pa.table({"x": [1.5, None, 2.5]}),
        pa.table({"x": [True]}),
        pa.table({"x": pa.array([], pa.string())}),
    ],
    ids=["one row", "nothing", "one level", "numbers", "one boolean", "no rows"],
)
def test_small_tables(table):
    for column in infer_schema(table):
        assert fit_codec(table.column(column.name), column).kind == column.kind

import json

import pyarrow as pa
import pytest

from synthdiff.data.dtype import parse_type
from synthdiff.data.schema import KINDS, ColumnSchema, Schema, near_match
from synthdiff.errors import ConfigError, SchemaError

SCHEMA = Schema(
    columns=(
        ColumnSchema(name="id", kind="identifier", type="int64", nullable=False, why="distinct consecutive numbers"),
        ColumnSchema(name="prix ☂", kind="numeric", type="double", why="floats"),
        ColumnSchema(name="note", kind="text", type="string", text="resample"),
        ColumnSchema(name="when", kind="date", type="string", format="%d/%m/%Y"),
        ColumnSchema(name="town", kind="categorical", type="string", min_count=5),
    ),
    primary_key="id",
)


def test_a_file_holds_the_schema_one_column_a_line(tmp_path):
    path = tmp_path / "schema.json"
    SCHEMA.write(path)
    assert Schema.read(path) == SCHEMA
    lines = path.read_text(encoding="utf-8").splitlines()
    assert sum('"kind"' in line for line in lines) == 5
    assert "prix ☂" in path.read_text(encoding="utf-8")


def test_columns_are_found_by_name():
    assert SCHEMA["note"].text == "resample"
    assert SCHEMA.names == ["id", "prix ☂", "note", "when", "town"]
    assert len(SCHEMA) == 5
    with pytest.raises(SchemaError, match="no column 'Town'; did you mean 'town'"):
        SCHEMA["Town"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "categorial"}, "column 'a' has the unknown kind 'categorial'; did you mean 'categorical'"),
        ({"knd": "text"}, "column 'a' has the unknown key 'knd'; did you mean 'kind'"),
        ({"min_count": 0}, "column 'a' has 'min_count': 0"),
        ({"text": "drop"}, "column 'a' has 'text': \"drop\""),
        ({"nullable": "yes"}, "column 'a' has 'nullable'"),
        ({"name": 3}, "columns?.* has 'name': 3"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path, change, words):
    path = tmp_path / "schema.json"
    path.write_text(json.dumps({"columns": [{"name": "a", "kind": "text", **change}]}))
    with pytest.raises(SchemaError, match=words) as caught:
        Schema.read(path)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "a schema is an object"),
        ("{}", "the schema lacks the key 'columns'"),
        ('{"columns": [{"kind": "text"}]}', r"columns\[0\] lacks the key 'name'"),
        ('{"columns": [], "colums": 1}', "the schema has the unknown key 'colums'; did you mean 'columns'"),
        ('{"columns": [], "format_version": 2}', "the schema has 'format_version': 2"),
        ('{"columns": [{"name": "a", "kind": "text"}, {"name": "a", "kind": "text"}]}', "two columns are called 'a'"),
        ('{"columns": [{"name": "a", "kind": "text"}], "primary_key": "b"}', "the primary key 'b' is not a column"),
    ],
)
def test_a_file_that_is_no_schema_is_refused(tmp_path, text, words):
    path = tmp_path / "schema.json"
    path.write_text(text)
    with pytest.raises(SchemaError, match=words):
        Schema.read(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(SchemaError, match="cannot read the schema .*No such file"):
        Schema.read(tmp_path / "schema.json")
    with pytest.raises(ConfigError, match="cannot write .*schema.json: there is no folder .*nowhere; make it first"):
        SCHEMA.write(tmp_path / "nowhere" / "schema.json")


def test_near_matches_ignore_case_and_give_up_in_time():
    assert near_match("PASSENGERID", ["PassengerId", "Name"]) == "; did you mean 'PassengerId'?"
    assert near_match("salary", ["PassengerId", "Name"]) == ""


@pytest.mark.parametrize("version", ["V1", "V2"])
def test_metadata_of_sdv_carry_the_kinds_both_ways(version):
    metadata = SCHEMA.to_metadata(version, "visits")
    back = Schema.from_dict(json.loads(json.dumps(metadata)))
    assert back.names == SCHEMA.names
    assert back.primary_key == "id"
    assert [column.kind for column in back] == ["identifier", "numeric", "text", "datetime", "categorical"]
    assert back["when"].format == "%d/%m/%Y"
    assert metadata["METADATA_SPEC_VERSION"] == {"V1": "SINGLE_TABLE_V1", "V2": "V1"}[version]


def test_every_kind_has_a_sdtype():
    columns = tuple(ColumnSchema(name=kind, kind=kind) for kind in KINDS)
    metadata = Schema(columns=columns).to_metadata("V1")
    sdtypes = {"numerical", "categorical", "boolean", "datetime", "id", "unknown"}
    assert {facts["sdtype"] for facts in metadata["columns"].values()} == sdtypes


def test_metadata_as_sdv_writes_them():
    table = {
        "primary_key": "guest_email",
        "columns": {
            "guest_email": {"sdtype": "email"},
            "hotel_id": {"sdtype": "id", "regex_format": "HID_[0-9]{3}"},
            "checkin_date": {"sdtype": "datetime", "datetime_format": "%d %b %Y"},
            "room_rate": {"sdtype": "numerical", "computer_representation": "Float"},
            "has_rewards": {"sdtype": "boolean"},
            "billing_address": {"sdtype": "address", "pii": True},
        },
        "column_relationships": [],
    }
    for metadata in (
        {"METADATA_SPEC_VERSION": "V1", "tables": {"guests": table}, "relationships": []},
        {"METADATA_SPEC_VERSION": "SINGLE_TABLE_V1", **table},
        table,
    ):
        schema = Schema.from_dict(metadata)
        kinds = ["identifier", "identifier", "datetime", "numeric", "boolean", "text"]
        assert [column.kind for column in schema] == kinds
        assert schema["checkin_date"].format == "%d %b %Y"
        assert schema["billing_address"].why == "SDV's metadata call it address"


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"METADATA_SPEC_VERSION": "V9", "columns": {}}, "'V9'; 'SINGLE_TABLE_V1' and 'V1' can be read"),
        ({"tables": {"a": {"columns": {}}, "b": {"columns": {}}}}, "exactly one table, and describe: 'a', 'b'"),
        ({"tables": {}}, "describe: none"),
        ({"METADATA_SPEC_VERSION": "V1", "tables": {"a": {}}}, "no columns"),
        ({"columns": {"a": {}}}, "column 'a' has no sdtype"),
    ],
)
def test_metadata_that_cannot_be_read(metadata, words):
    with pytest.raises(SchemaError, match=words):
        Schema.from_dict(metadata)


TYPES = [
    pa.null(), pa.bool_(), pa.int8(), pa.uint64(), pa.float16(), pa.float32(), pa.float64(), pa.string(),
    pa.large_string(), pa.string_view(), pa.binary(), pa.binary(4), pa.date32(), pa.date64(), pa.time32("s"),
    pa.time64("ns"), pa.duration("us"), pa.timestamp("ms"), pa.timestamp("ns", "UTC"),
    pa.timestamp("s", "Europe/Paris"), pa.timestamp("us", "+02:00"),
    pa.decimal128(10, 2), pa.decimal256(50, 0), pa.dictionary(pa.int8(), pa.string(), ordered=True),
    pa.dictionary(pa.uint32(), pa.timestamp("ns", "UTC")),
]  # fmt: skip


@pytest.mark.parametrize("dtype", TYPES, ids=str)
def test_types_are_words(dtype):
    assert parse_type(str(dtype)) == dtype


def test_a_word_that_is_no_type():
    with pytest.raises(SchemaError, match="'int65' is not a type"):
        parse_type("int65")


class TestStrangersFiles:
    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"[" * 100_000, "nested too deeply"),
            (b'{"columns": ' + b"[" * 100_000, "nested too deeply"),
            (b'{"columns": [{"name": "a", "kind": "text", "min_count": ' + b"9" * 5000 + b"}]}", "is not JSON"),
            (b'{"columns": NaN}', "the schema has 'columns': NaN"),
            (b'{"columns": [{"name": "a", "kind": NaN}]}', "column 'a' has the unknown kind nan"),
            (b'{"columns": [{"name": "\\ud800", "kind": "text"}]}', "half a character"),
            (b'{"columns": [3]}', "columns.0. has|the schema has"),
            (b'{"columns": [{"name": "' + b"x" * 100_000 + b'", "kind": "x"}]}', "has the unknown kind 'x'"),
            (b'{"columns": [{"name": "a", "kind": "' + b"x" * 100_000 + b'"}]}', "has the unknown kind 'xxx"),
            (b'{"columns": [{"name": "a", "kind": "text", "' + b"x" * 100_000 + b'": 1}]}', "unknown key 'xxx"),
            (b'"columns"', "a schema is an object"),
            (b"\xff", "is not UTF-8 text"),
            (b'{"tables": []}', "exactly one table"),
            (b'{"tables": {"t": 3}}', "the metadata have no columns"),
            (b'{"tables": {"t": {"columns": {"a": 3}}}}', "column 'a' has no sdtype"),
            (b'{"METADATA_SPEC_VERSION": [], "columns": {}}', "METADATA_SPEC_VERSION is"),
            (b'{"columns": {"a": {"sdtype": "id"}}, "primary_key": "b"}', "the primary key 'b' is not a column"),
        ],
    )
    def test_are_refused_in_a_short_line(self, tmp_path, data, words):
        path = tmp_path / "schema.json"
        path.write_bytes(data)
        with pytest.raises(SchemaError, match=words) as caught:
            Schema.read(path)
        assert str(caught.value).startswith(str(path))
        assert len(str(caught.value)) < 700

    def test_may_begin_with_a_mark(self, tmp_path):
        path = tmp_path / "schema.json"
        SCHEMA.write(path)
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
        assert Schema.read(path) == SCHEMA

    @pytest.mark.parametrize("path", ["/dev/zero", "/", "x\0y"])
    def test_what_is_no_file(self, path):
        with pytest.raises(SchemaError, match="cannot read the schema|is no path"):
            Schema.read(path)

    def test_an_existing_file_is_kept_where_it_shall_be(self, tmp_path):
        (tmp_path / "schema.json").write_text("precious")
        with pytest.raises(ConfigError, match="exists"):
            SCHEMA.write(tmp_path / "schema.json", force=False)
        assert (tmp_path / "schema.json").read_text() == "precious"

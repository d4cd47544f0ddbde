"""What people type and files say, at random: a value or the documented error, and nothing else.

``SYNTHDIFF_FUZZ=20000`` tries that many of each, with other ones each time; otherwise few, always the same.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synthdiff.cli.gate import GatesType
from synthdiff.cli.option import DurationType, NamesType
from synthdiff.cli.series_option import ConditionType, DriftType, ValuesType
from synthdiff.codecs.infer import infer_schema
from synthdiff.data.frame import FrameKind, to_table
from synthdiff.data.io import read_table
from synthdiff.data.request import Subjects, read_request
from synthdiff.data.schema import Schema
from synthdiff.errors import ArtifactError, SynthdiffError
from synthdiff.finance.holding import read_holdings
from synthdiff.models.duration import parse_duration
from synthdiff.models.envelope import parse_manifest
from synthdiff.models.signature import Signature
from synthdiff.storage import from_json, seal, to_json
from synthdiff.training.checkpoint import load_checkpoint

MANY = int(os.environ.get("SYNTHDIFF_FUZZ", "0"))
SETTINGS = settings(
    max_examples=MANY or 60,
    derandomize=not MANY,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)

WORDS = (
    "nan",
    "inf",
    "-inf",
    "1e400",
    "9" * 400,
    "",
    " ",
    "=",
    "<=",
    ">",
    ",",
    "%",
    "٣",
    "\x00",
    "\ud800",
    "A",
    "B.max_drawdown",
)
text = st.text(st.characters(), max_size=30) | st.sampled_from(WORDS)
phrases = st.lists(text, max_size=5).map("".join)
numbers = st.integers() | st.floats() | st.sampled_from([10**400, -(10**18), 2**63])
plain = st.recursive(
    st.none() | st.booleans() | numbers | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)


def converts(kind: click.ParamType) -> Callable[[str], Any]:
    return lambda words: kind.convert(words, None, None)


SAID: dict[str, Callable[[str], Any]] = {
    "duration": parse_duration,
    "--max-time": converts(DurationType()),
    "--categorical": converts(NamesType()),
    "--condition": converts(ConditionType()),
    "--drift": converts(DriftType()),
    "--values": converts(ValuesType()),
    "--fail-under": converts(GatesType()),
}


@pytest.mark.parametrize("name", SAID)
@given(words=phrases)
@SETTINGS
def test_words_on_a_command_line(name: str, words: str) -> None:
    try:
        SAID[name](words)
    except (SynthdiffError, click.UsageError) as error:
        assert str(error)


SUBJECTS = Subjects(("A", "B"), ("return", "level"), per_year=252.0)
keys = st.sampled_from(["A", "B", "A.max_drawdown", "B.mean", "regime", "portfolio", "A.nothing"]) | text


@given(conditioning=st.dictionaries(keys, plain | st.tuples(numbers, numbers), max_size=3))
@SETTINGS
def test_conditions(conditioning: dict[str, Any]) -> None:
    try:
        read_request(conditioning, SUBJECTS, 20)
    except SynthdiffError as error:
        assert str(error)


@given(pairs=st.lists(st.tuples(keys, phrases), max_size=3))
@SETTINGS
def test_conditions_from_a_command_line(pairs: list[tuple[str, str]]) -> None:
    """What ``--condition`` makes of words is read as a condition."""
    try:
        read = [ConditionType().convert(f"{key}={value}", None, None) for key, value in pairs]
        read_request(dict(read), SUBJECTS, 20)
    except (SynthdiffError, click.UsageError) as error:
        assert str(error)


COLUMN = {"name": "a", "kind": "integer", "type": "int64", "nullable": False, "why": "whole numbers"}


@given(data=plain | st.fixed_dictionaries({"columns": st.lists(plain | st.just(COLUMN), max_size=3)}))
@SETTINGS
def test_schemas(data: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "schema.json")
        path.write_text(json.dumps(data), encoding="utf-8")
        try:
            schema = Schema.read(path)
            infer_schema(pa.table({"a": [1, 2, 3]}), given=schema)
        except SynthdiffError as error:
            assert str(error)


cells = st.text(st.characters(exclude_categories=()), max_size=6)
lines = st.lists(st.lists(cells, min_size=1, max_size=4).map(",".join), max_size=8).map("\n".join)


@given(content=st.binary(max_size=80) | lines.map(lambda said: said.encode("utf-8", "surrogatepass")))
@SETTINGS
@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.jsonl", "t.parquet", "t.arrow"])
def test_tables(name: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        try:
            table, _ = to_table(read_table([path], say=lambda words: None))
            infer_schema(table)
        except SynthdiffError as error:
            assert str(error)
            assert not isinstance(error, ArtifactError)


@given(columns=st.dictionaries(text, st.lists(numbers | text, min_size=2, max_size=2), max_size=3))
@SETTINGS
def test_weights(columns: dict[str, list[Any]]) -> None:
    try:
        table = pa.table({name: pa.array([str(cell) for cell in cells]) for name, cells in columns.items()})
    except (pa.ArrowException, UnicodeEncodeError):
        return
    try:
        read_holdings(table)
    except SynthdiffError as error:
        assert str(error)


manifests = st.fixed_dictionaries(
    {"format": st.just("synthdiff model") | plain, "format_version": st.integers(0, 4) | plain, "files": plain},
    optional={"model": plain, "extra": plain},
)


@given(content=manifests | plain, is_sealed=st.booleans())
@SETTINGS
def test_manifests(content: Any, is_sealed: bool) -> None:
    try:
        data = to_json(seal(content) if is_sealed and isinstance(content, dict) else content).encode()
    except (TypeError, UnicodeEncodeError):
        return
    try:
        parse_manifest(data, Path("m.synthdiff/manifest.json"))
    except ArtifactError as error:
        assert str(error)


@given(data=st.binary(max_size=60) | plain.map(lambda said: json.dumps(said).encode()))
@SETTINGS
def test_json_and_signatures(data: bytes) -> None:
    for read in (from_json, Signature.model_validate_json):
        try:
            read(data)
        except ValueError as error:  # pydantic's ValidationError is one
            assert str(error)


@given(index=plain)
@SETTINGS
def test_checkpoints(index: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        data = seal(index) if isinstance(index, dict) else index
        Path(folder, "checkpoint.json").write_text(json.dumps(data, default=str), encoding="utf-8")
        try:
            load_checkpoint(Path(folder))
        except ArtifactError as error:
            assert str(error)


@given(data=plain | st.fixed_dictionaries({"library": plain, "template": plain, "nan": plain, "pandas": plain}))
@SETTINGS
def test_kinds_of_frames(data: Any) -> None:
    try:
        FrameKind.from_dict(data)
    except (ValueError, ArtifactError) as error:
        assert str(error)

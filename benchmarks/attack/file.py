"""Files that are not what they should be: a table, or the error that is documented for bad data."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet

from benchmarks.attack.kill import customers
from benchmarks.attack.outcome import Outcome

TRIES = 5
"""Files of one try."""
HOSTILE = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b'"\n', b"\r", b",,,,", b"\n\n", b"[" * 5_000, b"{" * 5_000,
    b"9" * 5_000, b"1e999", b"NaN", b"-", b"\xed\xa0\x80", b"\x1b[2J", b"\\u0000", b"\\ud800", b"null", b"true",
    b"''", b";", b"\t",
)  # fmt: skip


class FileAttack:
    """Read mutated files as data and as schemas."""

    seconds = 60.0

    def prepare(self, folder: Path) -> None:
        """Write one good file of each format."""
        table = pa.Table.from_pandas(customers(60), preserve_index=False)
        text = customers(60).to_csv(index=False).encode()
        lines = customers(60).to_json(orient="records", lines=True).encode()
        pa.parquet.write_table(table, folder / "a.parquet")
        pa.feather.write_feather(table, folder / "a.arrow", compression="uncompressed")
        self.data = {
            "a.csv": text,
            "a.csv.gz": gzip.compress(text),
            "a.jsonl": lines,
            "a.jsonl.gz": gzip.compress(lines),
            "a.parquet": (folder / "a.parquet").read_bytes(),
            "a.arrow": (folder / "a.arrow").read_bytes(),
        }
        self.schemas = {"schema.json": schema(), "sdv.json": sdv()}

    def attempt(self, rng: np.random.Generator, folder: Path) -> Outcome:
        """Mutate and read some files."""
        from synthdiff.errors import ArtifactError, SynthdiffError

        read, refused = 0, 0
        for number in range(TRIES):
            good = self.schemas if rng.random() < 0.3 else self.data
            name = str(rng.choice(list(good)))
            (folder / f"{number}").mkdir()
            path = folder / f"{number}" / name
            path.write_bytes(mutated(good[name], rng))
            try:
                READERS["schema" if good is self.schemas else "data"](path)
                read += 1
            except ArtifactError as error:
                return Outcome("wrong", f"{name}: {type(error).__name__} {error}")
            except SynthdiffError:
                refused += 1
        return Outcome("held", f"{read} read, {refused} refused", TRIES)


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """Damage a file: flip, cut, repeat, insert."""
    out = bytearray(data)
    for _ in range(int(rng.integers(1, 4))):
        at = int(rng.integers(len(out) + 1))
        end = min(len(out), at + int(rng.integers(1, 40)))
        how = int(rng.integers(6))
        if how == 0 and at < len(out):
            out[at] ^= 1 << int(rng.integers(8))
        elif how == 1:
            del out[at:end]
        elif how == 2:
            out[at:at] = out[at:end] * int(rng.integers(1, 20))
        elif how == 3:
            out[at:at] = HOSTILE[int(rng.integers(len(HOSTILE)))]
        elif how == 4:
            out[at:end] = rng.bytes(end - at)
        elif rng.random() < 0.3:
            del out[at:]
    return bytes(out)


def _read_data(path: Path) -> None:
    from synthdiff.codecs.infer import infer_schema
    from synthdiff.data.frame import to_table
    from synthdiff.data.io import read_table

    infer_schema(to_table(read_table([path]))[0])


def _read_schema(path: Path) -> None:
    from synthdiff.codecs.infer import infer_schema
    from synthdiff.data.schema import Schema

    table = pa.Table.from_pandas(customers(60), preserve_index=False)
    infer_schema(table, given=Schema.given(path))


READERS: dict[str, Callable[[Path], None]] = {"data": _read_data, "schema": _read_schema}


def schema() -> bytes:
    """Write a schema as `synthdiff inspect` does."""
    from synthdiff.codecs.infer import infer_schema

    table = pa.Table.from_pandas(customers(60), preserve_index=False)
    return json.dumps(infer_schema(table).to_dict(), indent=1).encode()


def sdv() -> bytes:
    """Write metadata of SDV, with one table."""
    columns = {
        "grade": {"sdtype": "categorical"},
        "region": {"sdtype": "categorical"},
        "amount": {"sdtype": "numerical"},
    }
    return json.dumps({"METADATA_SPEC_VERSION": "V1", "tables": {"customers": {"columns": columns}}}).encode()

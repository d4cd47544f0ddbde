"""CSV files as people have them: read, or refused in words that say what to do; written in the same form."""

import bz2
import gzip
import io
import lzma
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import synthdiff
from synthdiff.data.io import open_writer, read_table
from synthdiff.errors import ConfigError, DataError, SchemaError, SynthdiffError
from tests.cases.walk import run

ROWS = {"name": ["Müller", "Jörg"], "n": [1, 2]}
PLAIN = "name,n\nMüller,1\nJörg,2\n"
CYRILLIC = {"город": ["Москва", "Казань", "Санкт-Петербург", "Новосибирск"] * 5, "n": [1, 2, 3, 4] * 5}
RUSSIAN = "город;n\n" + "Москва;1\nКазань;2\nСанкт-Петербург;3\nНовосибирск;4\n" * 5
NUMBERS = {"n": [1, 2, 3], "m": [2, 3, 4], "word": ["a", "b", "c"]}


def zipped(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


READ = {
    "plain": (PLAIN, ROWS),
    "sep line": ("sep=;\nname;n\nMüller;1\nJörg;2\n", ROWS),
    "quoted sep line": ('"sep=;"\nname;n\nMüller;1\nJörg;2\n', ROWS),
    "sep line and comma": ("sep=,\r\nname,n\r\nMüller,1\r\nJörg,2\r\n", ROWS),
    "sep line and bars": ("sep=|\nname|n\nMüller|1\nJörg|2\n", ROWS),
    "blank line after the header": ("name,n\n\nMüller,1\nJörg,2\n", ROWS),
    "four title lines, latin-1, quotes": (
        'a\nb\nc\nd\n"name";"n"\n"Müller";"1"\n"Jörg";"2"\n'.encode("latin-1"),
        ROWS,
    ),
    "leading zeros": ("id;n\n0311;1\n4711;2\n", {"id": ["0311", "4711"], "n": [1, 2]}),
    "years behind labels": (
        '"","1940","1945"\n"Food",22.2,44.5\n"Fuel",10.5,15.5\n',
        {"": ["Food", "Fuel"], "1940": [22.2, 10.5], "1945": [44.5, 15.5]},
    ),
    "empty cells in quotes among numbers": (
        '"n","x"\n"1","0.5"\n"",""\n"3","1.5"\n',
        {"n": [1, None, 3], "x": [0.5, None, 1.5]},
    ),
    "an empty last row among others": ("a,b\n1,x\n,\n2,y\n,\n", {"a": [1, None, 2, None], "b": ["x", None, "y", None]}),
    "a first row of exponents": (
        "a,b,c\n9E-18,x,9E-18\n1E-18,y,2E-18\n5E-18,z,3E-18\n1E-18,y,2E-18\n",
        {"a": [9e-18, 1e-18, 5e-18, 1e-18], "b": ["x", "y", "z", "y"], "c": [9e-18, 2e-18, 3e-18, 2e-18]},
    ),
    "a second column without a name, of moments": (
        '"n",""\n7,2010-02-11 09:06:07\n8,2012-12-18 10:30:03\n7,2010-02-11 09:06:07\n',
        {"n": [7, 8, 7], "": ["2010-02-11 09:06:07", "2012-12-18 10:30:03", "2010-02-11 09:06:07"]},
    ),
    "newline in the header": ('"na\nme","n"\nMüller,1\nJörg,2\n', {"na\nme": ROWS["name"], "n": [1, 2]}),
    "newline in a later name": ('n,"na\nme",x\n1,a,2\n', {"n": [1], "na\nme": ["a"], "x": [2]}),
    "utf-16": (PLAIN.encode("utf-16"), ROWS),
    "utf-16 without a mark": (PLAIN.encode("utf-16-le"), ROWS),
    "utf-16 big-endian": (b"\xfe\xff" + PLAIN.encode("utf-16-be"), ROWS),
    "utf-8 with a mark": (PLAIN.encode("utf-8-sig"), ROWS),
    "utf-32": (PLAIN.encode("utf-32"), ROWS),
    "latin-1": (PLAIN.encode("latin-1"), ROWS),
    "cp1252": ("name,n\nMüller €,1\nJörg,2\n".encode("cp1252"), {"name": ["Müller €", "Jörg"], "n": [1, 2]}),
    "gzip": (gzip.compress(PLAIN.encode()), ROWS),
    "bz2": (bz2.compress(PLAIN.encode()), ROWS),
    "zstd": (pa.compress(PLAIN.encode(), "zstd", asbytes=True), ROWS),
    "zip": (zipped(**{"x.csv": PLAIN}), ROWS),
    "zip of a Mac": (zipped(**{"x.csv": PLAIN, "__MACOSX/._x.csv": b"\0"}), ROWS),
    "utf-16 in gzip": (gzip.compress(PLAIN.encode("utf-16")), ROWS),
    "title lines": ("Report of 2021\n\nMade by hand\nname,n\nMüller,1\nJörg,2\n", ROWS),
    "title lines with delimiters": ("Report,,\n,,\nname,n,x\nMüller,1,a\nJörg,2,b\n", {**ROWS, "x": ["a", "b"]}),
    "a title of two cells": (
        "From: January;To: May;;;;\na;b;c;d;e;f\n1;2;3;4;5;6\n",
        {name: [j + 1] for j, name in enumerate("abcdef")},
    ),
    "comments above": ("# made, by hand, today\n# twice\nname,n\nMüller,1\nJörg,2\n", ROWS),
    "comments between": ("name,n\nMüller,1\n# a comment\nJörg,2\n", ROWS),
    "a header with a hash": ("#name,n\nMüller,1\nJörg,2\n", {"#name": ROWS["name"], "n": [1, 2]}),
    "blank lines": ("\n\nname,n\n\nMüller,1\n\nJörg,2\n\n\n", ROWS),
    "lines of delimiters at the end": ("name,n\nMüller,1\nJörg,2\n,\n,\n", ROWS),
    "spaces": ("name, n, x\nMüller, 1, a\nJörg, 2, b\n", {**ROWS, "x": ["a", "b"]}),
    "spaces and quotes": ('name, n, x\n"Müller", 1, "a, b"\nJörg, 2, b\n', {**ROWS, "x": ["a, b", "b"]}),
    "single quotes": ("name,n,x\n'Müller',1,'a, b'\n'Jörg',2,'c, d'\n", {**ROWS, "x": ["a, b", "c, d"]}),
    "trailing delimiters": ("name;n;\nMüller;1;\nJörg;2;\n", ROWS),
    "trailing delimiters in rows": ("name,n\nMüller,1,\nJörg,2,\n", ROWS),
    "trailing delimiter in the header": ("name,n,\nMüller,1\nJörg,2\n", ROWS),
    "many trailing delimiters": ("name,n,,,\nMüller,1,,,\nJörg,2,,,\n", ROWS),
    "an index without a name": (",name,n\n0,Müller,1\n1,Jörg,2\n", {"": [0, 1], **ROWS}),
    "decimal commas": ("name;x;y\na;1,5;2\nb;2,25;3\n", {"name": ["a", "b"], "x": ["1,5", "2,25"], "y": [2, 3]}),
    "commas in text": ("id;note\n1;a, b\n2;c, d\n", {"id": [1, 2], "note": ["a, b", "c, d"]}),
    "semicolons in text": ("id,tags\n1,a;b\n2,c;d\n", {"id": [1, 2], "tags": ["a;b", "c;d"]}),
    "tabs": ("name\tn\nMüller\t1\nJörg\t2\n", ROWS),
    "bars": ("name|n\nMüller|1\nJörg|2\n", ROWS),
    "carriage returns": (PLAIN.replace("\n", "\r"), ROWS),
    "both line ends": (PLAIN.replace("\n", "\r\n"), ROWS),
    "header again": ("name,n\nMüller,1\nname,n\nJörg,2\n", ROWS),
    "years": ("land,2019,2020\na,1,2\nb,3,4\n", {"land": ["a", "b"], "2019": [1, 3], "2020": [2, 4]}),
    "numbered columns": ("0,1\n5,7\n6,8\n", {"0": [5, 6], "1": [7, 8]}),
    "no last line end": ("name,n\nMüller,1\nJörg,2", ROWS),
    "quotes within a cell": ('name,n\n5" pipe,1\n"say ""hi""",2\n', {"name": ['5" pipe', 'say "hi"'], "n": [1, 2]}),
    "capital sep line": ("SEP=;\nname;n\nMüller;1\nJörg;2\n", ROWS),
    "utf-32 without a mark": (PLAIN.encode("utf-32-le"), ROWS),
    "cp1251": (RUSSIAN.encode("cp1251"), CYRILLIC),
    "cp1250": (
        "město;n\nŁódź;1\nCzęstochowa;2\nGdańsk;3\nPoznań;4\n".encode("cp1250"),
        {"město": ["Łódź", "Częstochowa", "Gdańsk", "Poznań"], "n": [1, 2, 3, 4]},
    ),
    "xz": (lzma.compress(PLAIN.encode()), ROWS),
    "zip with a read-me": (zipped(**{"x.csv": PLAIN, "README.txt": "hello"}), ROWS),
    "quotes escaped": ('name,n\n"say \\"hi\\", you",1\nb,2\n', {"name": ['say "hi", you', "b"], "n": [1, 2]}),
    "quotes in single quotes": ("name,n\n'x, \"y\"',1\n'it''s, so',2\n", {"name": ['x, "y"', "it's, so"], "n": [1, 2]}),
    "carets": (PLAIN.replace(",", "^"), ROWS),
    "colons": (PLAIN.replace(",", ":"), ROWS),
    "control characters": (PLAIN.replace(",", "\x01"), ROWS),
    "single spaces": ("name n x\nMüller 1 a\nJörg 2 b\n", {**ROWS, "x": ["a", "b"]}),
    "units below the header": (
        "town,way,mass\n,km,[kg]\na,1.5,2\nb,2.5,3\nc,4.5,4\n",
        {"town": ["a", "b", "c"], "way": [1.5, 2.5, 4.5], "mass": [2, 3, 4]},
    ),
    "types below the header": ("n,m,word\nint,int,str\n1,2,a\n2,3,b\n3,4,c\n", NUMBERS),
    "lines below the header": ("n,m,word\n--,--,-----\n1,2,a\n2,3,b\n3,4,c\n", NUMBERS),
    "questions below the header": ("n,m,word\nHow old?,How many?,Which?\n1,2,a\n2,3,b\n3,4,c\n", NUMBERS),
    "a source below the rows": ("n,m,word\n1,2,a\n2,3,b\n3,4,c\n\nSource: bureau\n", NUMBERS),
    "a count below the rows": ("n,m,word\n1,2,a\n2,3,b\n3,4,c\n\n(3 rows affected)\n", NUMBERS),
    "files put together": (f"{PLAIN}\ufeff{PLAIN}", {"name": ROWS["name"] * 2, "n": [1, 2, 1, 2]}),
    "one column of sentences": ("text\nhello, world\nwell\nyes, so\n", {"text": ["hello, world", "well", "yes, so"]}),
    "one column": ("x\n1\n2\n", {"x": [1, 2]}),
    "one column of words": ("fruit\nfig\nplum\n", {"fruit": ["fig", "plum"]}),
    "only a header": ("a,b\n", {"a": [], "b": []}),
}


@pytest.mark.parametrize("case", READ)
def test_a_file_is_read_and_written_so_that_it_is_read_again(tmp_path, case):
    content, expected = READ[case]
    path = tmp_path / "data.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    table = read_table(path, say=lambda words: None)
    assert table.to_pydict() == expected
    with open_writer(tmp_path / "copy.csv", kind=table.schema) as writer:
        writer.write(table)
    again = read_table(tmp_path / "copy.csv", say=lambda words: None)
    assert again.to_pydict() == expected
    assert again.schema.equals(table.schema, check_metadata=True)


SAME = {
    "sep line": "sep=;\r\nname;n\r\nMüller;1\r\n",
    "quoted sep line": '"sep=;"\nname;n\nMüller;1\n',
    "trailing delimiters": "name;n;\nMüller;1;\n",
    "carriage returns": "name,n\rMüller,1\r",
    "single quotes": "name,n\n'a, b',1\nc \" d,2\n'it''s',3\n",
    "escaped quotes": 'name,n\n"a \\"b\\", c",1\n"d \\"e\\", f",2\n',
    "carets": "name^n\nMüller^1\n",
    "spaces": "name, n\nMüller, 1\n",
    "no zero before the point": "x,y\n.525,1\n-.310,2\n1.250,3\n",
    "a mark": "\ufeffname,n\nMüller,1\n",
}


@pytest.mark.parametrize("case", SAME)
def test_what_is_written_has_the_form_of_what_was_read(tmp_path, case):
    content = SAME[case].encode()
    (tmp_path / "data.csv").write_bytes(content)
    table = read_table(tmp_path / "data.csv")
    with open_writer(tmp_path / "copy.csv", kind=table.schema) as writer:
        writer.write(table)
    assert (tmp_path / "copy.csv").read_bytes() == content


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv.xz", lzma.compress(PLAIN.encode())),
        ("t.tsv", "name\tn\nMüller\t1\nJörg\t2\n".encode()),
        ("t.tab", "name\tn\nMüller\t1\nJörg\t2\n".encode()),
        ("t.txt", PLAIN.encode()),
        ("t.csv.bz2", bz2.compress(PLAIN.encode())),
        ("t.csv.zst", pa.compress(PLAIN.encode(), "zstd", asbytes=True)),
        ("t.csv.zip", zipped(**{"x.csv": PLAIN})),
        ("archive.zip", zipped(**{"x.csv": PLAIN})),
        ("t.gz", gzip.compress(PLAIN.encode())),
        ("t.csv.gz", PLAIN.encode()),
        ("T.CSV", PLAIN.encode()),
    ],
    ids=lambda given: given if isinstance(given, str) else "",  # gzip holds the time: no name of a test
)
def test_endings(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    if name == "t.csv.gz":
        with pytest.raises(DataError, match="cannot read .*t.csv.gz"):
            read_table(tmp_path / name)
    else:
        assert read_table(tmp_path / name).to_pydict() == ROWS


REFUSED = {
    "no header": (
        "1,2.5\n3,4.5\n",
        DataError,
        r"begins with numbers \(1, 2.5\) where the names .* add a line of names",
    ),
    "too many cells": (
        "a,b\n1,2\n1,2,3\n4,5\n",
        DataError,
        r"Expected 2 columns, got 3 in line 3 \('1,2,3'\); .*quotes",
    ),
    "too few cells": ('a,b\n"x\ny",2\n1\n4,5\n', DataError, r"Expected 2 columns, got 1 in line 4"),
    "row names": ("x,y\nr1,1,2\nr2,3,4\n", DataError, "has 2 names in line 1, but 3 cells in most rows"),
    "row names and spaces": ('"x" "y"\n"a b" 1 2\n"c" 3 4\n', DataError, "has 2 names in line 1, but 3 cells in most"),
    "duplicate names": ("a,b,a\n1,2,3\n", SchemaError, "two columns are called 'a'; rename"),
    "several columns without a name": ("a,,\n1,2,3\n", DataError, "columns 2, 3 have no name"),
    "zero bytes": (b"a,b\n1,\0\0\n2,3\n", DataError, "has a zero byte in line 2"),
    "zip of two": (zipped(a="x", b="y"), DataError, "is a zip archive of 2 files; unpack it"),
    "a workbook": (zipped(**{"xl/workbook.xml": "<x/>"}), DataError, "is an Excel workbook; save the sheet as CSV"),
    "parquet": (b"PAR1\0\0", DataError, "is parquet and no CSV"),
    "a page": (b"<!DOCTYPE html>\n<html></html>", DataError, "is HTML and no CSV"),
    "JSON": ('[\n {"a": 1}]', DataError, "is JSON and no CSV; write one object a line"),
    "JSON lines": ('{"a": 1, "b": 2}\n', DataError, "is JSON and no CSV; name the file .jsonl"),
    "an old workbook": (b"\xd0\xcf\x11\xe0" + bytes(99), DataError, "is an old Excel workbook"),
    "XML": ('<?xml version="1.0"?><a/>', DataError, "is XML and no CSV"),
    "a pointer": ("version https://git-lfs.github.com/spec/v1\nsize 5\n", DataError, "run git lfs pull"),
    "compressed twice": (gzip.compress(gzip.compress(b"a,b\n")), DataError, "is compressed twice"),
    "lines in quotes": ('"a,b"\n"1,2"\n"3,4"\n', DataError, "lines that are in quotes as a whole"),
    "fixed width": (
        "id   name    x\n1    Ann     2.5\n2    Bob C   3.5\n",
        DataError,
        "fixed width; save it with commas",
    ),
    "a line of latin-1": (
        b"a,b\n" + "Köln,1\n".encode() * 3 + "Köln,2\n".encode("latin-1"),
        DataError,
        "is UTF-8 but for some lines such as",
    ),
    "a short row": ("a,b,c\n1,2,3\n4\n5,6,7\n", DataError, r"Expected 3 columns, got 1 in line 3 \('4'\)"),
    "a zero byte far below": (
        "a,b\n" + "x,1\n" * 70_000 + "a\0b,2\n",
        DataError,
        "column 'a', row 70,000 has a zero byte",
    ),
    "nothing": (b"", DataError, "does not begin with the names"),
    "blank": (b"\n\n\n", DataError, "does not begin with the names"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_is_refused_in_plain_words(tmp_path, case):
    content, error, words = REFUSED[case]
    path = tmp_path / "data.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(error, match=words) as caught:
        read_table(path, say=lambda words: None)
    assert "data.csv" in str(caught.value)


SAID = {
    "encoding": (PLAIN.encode("latin-1"), "is not UTF-8; it is read as cp1252"),
    "title": (b"Report\na,b\n1,2\n", "1 lines above the header"),
    "no header": (
        b"1,Ann,34\n2,Bob,35\n",
        "names of columns such as '1', '34' are numbers; if the first line is a row",
    ),
    "comments": (b"a,b\n1,2\n# x\n", "1 comment lines"),
    "again": (b"a,b\n1,2\na,b\n", "1 rows that repeat the header"),
    "total": (b"a,b\nx,2\ny,3\nTotal,5\n", "the last row begins with 'Total'"),
    "grand total": (b"a,b\nx,2\nGrand total,,\n", None),
    "empty": (b"a,b\nx,2\n,\n", "1 empty rows at the end"),
}


@pytest.mark.parametrize("case", SAID)
def test_what_is_guessed_is_said(tmp_path, case):
    content, words = SAID[case]
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    if words is None:
        with pytest.raises(SynthdiffError):
            read_table(path)
    else:
        with pytest.warns(UserWarning, match=words):
            read_table(path)


OPTIONS = {
    "na_values": ("a,b\n1,-9\n2,3\n-9,x\n", {"na_values": ["-9"]}, {"a": [1, 2, None], "b": [None, "3", "x"]}),
    "decimal": ("a;b\n1,5;2\n2,25;3\n", {"decimal": ","}, {"a": [1.5, 2.25], "b": [2, 3]}),
    "decimal and thousands": (
        "a;b\n1.234,50;2.000\n2,25;3\n",
        {"decimal": ",", "thousands": "."},
        {"a": [1234.5, 2.25], "b": [2000, 3]},
    ),
    "thousands": ('a,b\n"1,234",2.5\n7,3.5\n', {"thousands": ","}, {"a": [1234, 7], "b": [2.5, 3.5]}),
    "encoding": ("a,b\nŁódź,2\n".encode("cp1250"), {"encoding": "cp1250"}, {"a": ["Łódź"], "b": [2]}),
    "delimiter": ("a:b\n1:2\n", {"delimiter": ":"}, {"a": [1], "b": [2]}),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_options_of_reading(tmp_path, case):
    content, options, expected = OPTIONS[case]
    path = tmp_path / "data.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    table = synthdiff.read_table(path, **options)
    assert table.to_pydict() == expected
    with open_writer(tmp_path / "copy.csv", kind=table.schema) as writer:
        writer.write(table)
    assert (tmp_path / "copy.csv").read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    "options",
    [
        {"decimal": ";"},
        {"thousands": "x"},
        {"decimal": ",", "thousands": ","},
        {"thousands": "."},
        {"encoding": "klingon"},
        {"encoding": "base64"},
        {"delimiter": ";;"},
        {"delimiter": "a"},
    ],
    ids=str,
)
def test_options_that_make_no_sense_are_refused(tmp_path, options):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ConfigError):
        read_table(tmp_path / "t.csv", **options)


def test_one_bad_cell_in_one_of_two_files(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1.50,a\n2.25,b\n")
    (tmp_path / "b.csv").write_text("x,y\nn/m,a\n7.00,b\n")
    table = read_table([tmp_path / "a.csv", tmp_path / "b.csv"])
    assert table.column("x").to_pylist() == ["1.50", "2.25", "n/m", "7.00"]
    alone = read_table(tmp_path / "a.csv", like=table)
    assert alone.column("x").to_pylist() == ["1.50", "2.25"]


@pytest.mark.long
def test_a_file_comes_out_on_the_command_line_as_it_went_in(tmp_path):
    rng = np.random.default_rng(3)
    rows = "".join(
        f"{x:.2f};{name};{y:.1f}%\r\n".replace(".", ",")
        for x, y, name in zip(
            rng.normal(20, 5, 300), rng.normal(50, 9, 300), rng.choice(["Köln", "Zürich", "Genève"], 300), strict=True
        )
    )
    content = ("Umsätze 2021\r\npreis;stadt;anteil\r\n" + rows).encode("cp1252")
    (tmp_path / "daten.txt").write_bytes(content)
    run("fit", "daten.txt", "-o", "m.synthdiff", "--max-steps", "20", "--preset", "fast", cwd=tmp_path)
    run("sample", "m.synthdiff", "-n", "200", "-o", "out.csv", cwd=tmp_path)
    made = (tmp_path / "out.csv").read_bytes().decode("cp1252")
    assert made.startswith("preis;stadt;anteil\r\n")
    frame = pd.read_csv(io.StringIO(made), sep=";", decimal=",")
    assert frame["preis"].dtype == float
    assert set(frame["stadt"]) <= {"Köln", "Zürich", "Genève"}
    assert frame["anteil"].str.fullmatch(r"\d\d,\d%").all()
    done = run("evaluate", "daten.txt", "out.csv", "--no-attacks", cwd=tmp_path)
    assert "read as cp1252" in done.stdout + done.stderr


def test_options_on_the_command_line(tmp_path):
    rng = np.random.default_rng(4)
    rows = "".join(
        f"{x:_.2f}|{y}\n".replace(".", ",").replace("_", ".")
        for x, y in zip(rng.normal(9_000, 5_000, 300), rng.choice(["-99", "3", "4"], 300), strict=True)
    )
    (tmp_path / "d.csv").write_text("x|y\n" + rows)
    options = ("--decimal", ",", "--thousands", ".", "--na-values", "-99", "--delimiter", "|", "--encoding", "utf-8")
    run("inspect", "d.csv", *options, cwd=tmp_path)
    fit = ("fit", "d.csv", "-o", "m.synthdiff", "--max-steps", "20", "--preset", "fast", "--schema", "schema.json")
    run(*fit, *options, cwd=tmp_path)
    run("sample", "m.synthdiff", "-n", "200", "-o", "s.csv", cwd=tmp_path)
    made = pd.read_csv(tmp_path / "s.csv", sep="|", decimal=",", thousands=".", na_values=["-99"])
    assert made["x"].dtype == float
    assert 0.1 < made["y"].isna().mean() < 0.6
    run("evaluate", "d.csv", "s.csv", "--no-attacks", *options, cwd=tmp_path)
    assert "decimal" in run("fit", "d.csv", "--decimal", "x", cwd=tmp_path, code=2).stderr

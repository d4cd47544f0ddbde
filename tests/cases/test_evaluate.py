"""What evaluation sees: each case spoils one column, learnt or not, of rows that are as good as unseen real ones."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from synthdiff.data.schema import Schema
from synthdiff.errors import DataError
from synthdiff.evaluation.check_table import check_rows
from synthdiff.evaluation.fidelity import fidelity_scores
from synthdiff.evaluation.html import render_html
from synthdiff.evaluation.picture import pictures
from synthdiff.evaluation.report import Report
from synthdiff.evaluation.tables import EvaluationTables, make_tables
from synthdiff.evaluation.verdict import judge
from synthdiff.score import Score
from tests.cases.walk import run
from tests.evaluation import card

N = 400
Spoil = Callable[[pd.DataFrame], pd.DataFrame]


MINUTES = pd.date_range("2021-01-01", "2021-12-31", freq="min")
MINUTES = MINUTES[(MINUTES.hour >= 9) & (MINUTES.hour < 17)].strftime("%H:%M %d.%m")


def rows(seed: int, n: int = N) -> pd.DataFrame:
    """A table with a column of each kind, as people have them."""
    rng = np.random.default_rng(seed)
    day = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 1000, n), unit="D")
    return pd.DataFrame(
        {
            "id": [f"C-{number:09d}" for number in rng.integers(0, 10**9, n)],
            "number": np.arange(n) + 1 + 10_000 * seed,
            "token": [f"{number:012x}" for number in rng.integers(0, 2**48, n)],
            "email": [f"user{number}@mail{number % 7}.org" for number in rng.choice(rng.integers(0, 10**6, 100), n)],
            "age": rng.integers(18, 90, n),
            "month": rng.integers(1, 13, n),
            "price": rng.lognormal(3, 1, n).round(2),
            "amount": [f"${value:,.2f}" for value in rng.lognormal(7, 1, n)],
            "euro": [f"{value:,.2f}".translate(str.maketrans(",.", ".,")) for value in rng.lognormal(7, 1, n)],
            "city": rng.choice(["Bonn", "Jena", "Ulm"], n),
            "member": rng.random(n) < 0.3,
            "day": day.strftime("%d.%m.%Y"),
            "letter": day.strftime("%d %b %Y"),
            "since": day,
            "note": [" ".join(words) for words in rng.choice(["red", "Blue", "dog", "cat,", "house", "7"], (n, 9))],
            "key": rng.integers(0, 60, n) * 1000 + 7,
            "gap": np.where(rng.random(n) < 0.1, np.nan, rng.normal(size=n)),
            "shift": np.busday_offset("2019-06-03", rng.integers(0, 900, n)).astype(str),
            "billed": (np.datetime64("1950-01") + rng.integers(0, 900, n)).astype("datetime64[ns]"),
            "sold": [f"{clock}.2021" for clock in rng.choice(MINUTES, n)],
        }
    )  # fmt: skip


REAL, GOOD, UNSEEN = rows(0), rows(1), rows(2)


def compared(made: Any, real: Any = REAL, holdout: Any = UNSEEN, **settings: Any) -> EvaluationTables:
    return make_tables(real, made, holdout, **settings)


def validity(tables: EvaluationTables) -> Score:
    assert tables.examination is not None
    return tables.examination.score([p.column for p in tables.problems if p.column and p.is_absence])


def level(tables: EvaluationTables) -> str:
    """The verdict, were everything else as good as real rows."""
    return judge([validity(tables), *card.GOOD], tables.problems, card.FACTS)[0].level


def some(name: str, value: Any, every: int = 50) -> Spoil:
    """Put a value into a few cells of a column."""
    return lambda t: t.assign(**{name: t[name].where(t.index % every != 3, value)})


def always(name: str, value: Any) -> Spoil:
    return lambda t: t.assign(**{name: value})


def copied(name: str) -> Spoil:
    return lambda t: t.assign(**{name: REAL[name]})


SPOILT: dict[str, tuple[Spoil, str, str, str]] = {
    "all ids equal": (always("id", "C-000000001"), "id", "error", "constant"),
    "all numbers equal": (always("number", 20_001), "number", "error", "constant"),
    "ids repeat": (lambda t: t.assign(id=t["id"].where(t.index > 100, "C-000000001")), "id", "error", "repeat others"),
    "a few ids repeat": (some("id", GOOD["id"][0], 200), "id", "warning", "repeat others"),
    "ids copied": (copied("id"), "id", "error", "100.0% of the cells are in the real table"),
    "numbers copied": (copied("number"), "number", "error", "in the real table"),
    "tokens copied": (copied("token"), "token", "error", "in the real table"),
    "one id copied": (some("id", REAL["id"][7], 1000), "id", "warning", f"such as {REAL['id'][7]!r} (row 3)"),
    "texts copied": (copied("note"), "note", "error", "in the real table"),
    "e-mails copied": (copied("email"), "email", "error", "which hold e-mail addresses, are in the real table"),
    "ids emptied": (always("id", None), "id", "error", "all missing"),
    "texts emptied": (always("note", None), "note", "error", "all missing"),
    "empty texts": (lambda t: t.assign(note=pd.array([None] * N, dtype="string")), "note", "error", "all missing"),
    "levels emptied": (always("city", None), "city", "error", "all missing"),
    "numbers emptied": (always("age", None), "age", "error", "all missing"),
    "half of the texts emptied": (some("note", None, 4), "note", "warning", "missing where the real one is complete"),
    "gaps filled": (lambda t: t.assign(gap=t["gap"].fillna(0.5)), "gap", "warning", "0.0% of the cells are missing"),
    "more gaps": (some("gap", None, 4), "gap", "warning", "of the real ones 1"),
    "ids wider": (lambda t: t.assign(id=t["id"] + "0"), "id", "error", "form"),
    "ids narrower": (lambda t: t.assign(id=t["id"].str.replace("-0", "-")), "id", "error", "form"),
    "ids in lower case": (lambda t: t.assign(id=t["id"].str.lower()), "id", "error", "form"),
    "tokens in upper case": (lambda t: t.assign(token=t["token"].str.upper()), "token", "error", "form"),
    "tokens with a g": (some("token", "00000000000g"), "token", "warning", "'00000000000g' (row 3"),
    "numbers of other width": (lambda t: t.assign(number=t["number"] * -1), "number", "error", "form"),
    "impossible dates": (some("day", "31.02.2021"), "day", "error", "8 values cannot be read"),
    "month 13 in dates": (always("day", "2021-13-45"), "day", "error", "400 values cannot be read"),
    "dates in another form": (lambda t: t.assign(day=t["day"].str.replace(".", "/")), "day", "error", "cannot be read"),
    "written months of another language": (some("letter", "01 Mai 2021"), "letter", "error", "cannot be read"),
    "dates far away": (always("since", pd.Timestamp("2199-01-01")), "since", "error", "outside of the real range"),
    "dates at weekends": (some("shift", "2021-05-08", 30), "shift", "warning", "no real one does (Monday to Fri"),
    "dates of any day": (lambda t: t.assign(shift=t["since"].astype(str)), "shift", "error", "(Monday to Friday)"),
    "middles of months": (some("billed", pd.Timestamp("2020-06-15"), 30), "billed", "warning", "first day of a month)"),
    "times at night": (some("sold", "03:00 15.06.2021", 40), "sold", "warning", "times of the day before or after all"),
    "times in days": (lambda t: t.assign(since=t["since"] + pd.Timedelta("1h")), "since", "warning", "the steps"),
    "month 13": (some("month", 13), "month", "warning", "1 to 12, such as 13 (row 3)"),
    "negative ages": (some("age", -5), "age", "warning", "such as -5 (row 3)"),
    "negative prices": (some("price", -500.0), "price", "warning", "such as -500.0"),
    "too many decimals": (lambda t: t.assign(price=t["price"] + 0.001), "price", "warning", "(0.01), such as"),
    "fractions of whole numbers": (lambda t: t.assign(age=t["age"] + 0.5), "age", "warning", "(1), such as"),
    "amounts without their currency": (lambda t: t.assign(amount=t["amount"].str[1:]), "amount", "error", "form"),
    "words for amounts": (some("amount", "much"), "amount", "error", "such as 'much' (row 3)"),
    "points for commas": (some("euro", "1,234.56"), "euro", "error", "such as '1,234.56' (row 3)"),
    "words for numbers": (always("age", "young"), "age", "error", "400 values cannot be read"),
    "another level": (some("city", "Oslo"), "city", "warning", "not in the real one ('Oslo')"),
    "other levels": (always("city", ["Oslo", "Rome"] * (N // 2)), "city", "error", "not in the real one"),
    "a third truth": (always("member", ["True", "False", "False", "maybe"] * (N // 4)), "member", "warning", "'maybe'"),
    "keys that do not repeat": (lambda t: t.assign(key=np.arange(N) * 147 + 7), "key", "warning", "1.0 times on"),
    "one e-mail blank": (some("email", "", 1000), "email", "warning", "are blank, unlike all real ones, such as ''"),
    "no e-mail": (some("email", "nobody", 1000), "email", "warning", "are no e-mail addresses"),
    "a blank behind": (lambda t: t.assign(email=t["email"] + " "), "email", "error", "begin or end with a blank"),
    "capitals": (lambda t: t.assign(email=t["email"].str.upper()), "email", "error", "have capitals"),
    "a word for nothing": (some("email", "nan", 100), "email", "warning", "a word for a missing value"),
    "one date a century away": (some("since", pd.Timestamp("2122-01-01"), 1000), "since", "warning", "(row 3)"),
    "one value a thousand times": (some("gap", 5_000.0, 1000), "gap", "warning", "such as 5000.0 (row 3)"),
    "rounded to hundredths": (lambda t: t.assign(gap=t["gap"].round(2)), "gap", "warning", "multiples of 0.01, of the"),
    "a level lost": (lambda t: t.assign(city=t["city"].replace("Ulm", "Bonn")), "city", "warning", "'Ulm' does not"),
    "ids count on": (lambda t: t.assign(id=[f"C-{k:09d}" for k in range(N)]), "id", "warning", "count on by 1"),
    "a column missing": (lambda t: t.drop(columns="note"), "note", "error", "is missing"),
    "a column too many": (always("other", 1), "other", "warning", "not in the real table"),
    "dates as text": (lambda t: t.assign(since=t["since"].astype(str)), "since", "warning", "holds string"),
    "numbers as text": (lambda t: t.assign(age=t["age"].astype(str)), "age", "warning", "holds string"),
    "whole numbers as floats": (lambda t: t.astype({"age": "float64"}), "age", "warning", "holds double"),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "column", "severity", "words"), SPOILT.values(), ids=SPOILT)
def test_what_is_wrong_is_seen(spoil: Spoil, column: str, severity: str, words: str) -> None:
    tables = compared(spoil(GOOD.copy()))
    found = [problem for problem in tables.problems if problem.column == column]
    assert any(problem.severity == severity and words in problem.text for problem in found), found
    assert not [problem for problem in tables.problems if problem.column not in (column, None)]
    assert level(tables) == ("bad" if any(problem.severity == "error" for problem in found) else "warning")
    holds_another_type = severity == "warning" and words.startswith(("holds", "not in the real table"))
    is_of_the_column = words.startswith("0.0%") or any(text in words for text in ("multiples", "does not", "count on"))
    assert (validity(tables).value == 1) == (holds_another_type or is_of_the_column)


def with_words(seed: int) -> pd.DataFrame:
    """Numbers and dates in whose place a fifth of the cells holds a word."""
    rng = np.random.default_rng(seed)
    day = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 1000, N), unit="D")
    is_word = rng.random((2, N)) < 0.2
    sizes = np.where(is_word[0], "Varies with device", [f"{k}M" for k in rng.integers(2, 99, N)])
    return pd.DataFrame({"size": sizes, "seen": np.where(is_word[1], "n/a", day.strftime("%Y/%m/%d"))})


def test_words_in_place_of_numbers_are_read_and_other_words_are_not() -> None:
    real, good = with_words(0), with_words(1)
    assert compared(good, real, with_words(2)).problems == ()
    for name, word in (("size", "soon"), ("seen", "never")):
        problems = compared(some(name, word, 30)(good.copy()), real, with_words(2)).problems
        assert {problem.column for problem in problems} == {name}
        assert any(f"cannot be read as the real ones can, such as {word!r} (row 3)" in p.text for p in problems)


@pytest.mark.parametrize("seed", [1, 3, 5])
@pytest.mark.parametrize("n", [150, 1500])
def test_rows_as_good_as_unseen_ones_are_without_fault(seed: int, n: int) -> None:
    tables = compared(rows(seed, n))
    assert tables.problems == ()
    assert validity(tables).standing == 1.0
    assert level(tables) == "good"


def test_every_column_has_its_line_in_every_report() -> None:
    tables = compared(copied("id")(GOOD.copy()))
    assert tables.examination is not None
    checks = tables.examination.checks
    assert [check.column for check in checks] == list(REAL.columns)
    assert {check.column: check.personal for check in checks if check.personal} == {"email": "email"}
    assert checks[0].shares["real"] == (1.0, 0.0)
    assert check_rows(checks)[0].name == "id"
    report = Report((validity(tables),), tables.problems, (), {}, {}, checks)
    assert Report.from_dict(report.to_dict()).checks == checks
    for text in (str(report), render_html(report)):
        assert "Cells of each column" in text
        assert all(name in text for name in REAL.columns)
    older = {key: value for key, value in report.to_dict().items() if key != "checks"}
    assert Report.from_dict(older).checks == ()


@pytest.mark.parametrize("settings", [{"empty": ("note",)}, {}], ids=["by the model", "nobody says so"])
def test_text_left_empty_on_purpose_is_a_plain_warning(settings: dict[str, Any]) -> None:
    tables = compared(GOOD.assign(note=None), **settings)
    (problem,) = tables.problems
    assert problem.severity == ("warning" if settings else "error")
    assert level(tables) == ("warning" if settings else "bad")
    assert (validity(tables).value == 1.0) == bool(settings)


def test_a_problem_says_where_and_what() -> None:
    (problem,) = compared(some("month", 13)(GOOD.copy())).problems
    assert (problem.column, problem.row, problem.value, problem.share) == ("month", 3, "13", pytest.approx(8 / N))


def test_kinds_that_are_declared_are_read_so() -> None:
    schema = Schema.from_dict({"columns": [{"name": "day", "kind": "date", "format": "%d.%m.%Y"}]})
    tables = compared(GOOD, schema=schema)
    assert tables.problems == ()
    assert [column.scale for column in tables.columns if column.name == "day"] == ["datetime"]


def small(n: int = 80, **columns: Any) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    return pd.DataFrame({"x": rng.normal(size=n), "c": rng.choice(["a", "b"], n)} | columns)


FAR = [date(9999, 12, 31)] * 20 + [date(2020, 1, 1 + k % 28) for k in range(60)]
GREAT = np.linspace(0.5, 1, 80) * np.where(np.arange(80) % 2, 1.7e308, -1.7e308)
WIDE = np.arange(80, dtype=np.uint64) * np.uint64(10**7) + np.uint64(2**63)
AB, LONG = ["a", "b"] * 40, pd.to_timedelta(range(80), unit="s")
AGREE: dict[str, tuple[Any, Any]] = {
    "dates beyond nanoseconds": (FAR, FAR),
    "moments beyond nanoseconds": (pd.array(FAR, dtype="datetime64[us]"), pd.array(FAR, dtype="datetime64[ms]")),
    "written dates beyond nanoseconds": ([str(day) for day in FAR], [str(day) for day in FAR]),
    "greatest floats": (GREAT, GREAT[::-1].copy()),
    "unsigned 64 bits": (WIDE, WIDE[::-1].copy()),
    "decimals and floats": ([decimal.Decimal(k) / 100 for k in range(80)], np.arange(80) / 100),
    "truths as objects": (np.arange(80) % 2 == 0, pd.Series([True, False] * 40, dtype=object)),
    "dictionaries of other orders": (pd.Categorical(AB), pd.Categorical(AB, categories=["b", "c", "a"])),
    "levels that are text or a dictionary": (AB, pd.Categorical(AB)),
    "lengths of time in other units": (LONG, pd.Series(LONG).astype("timedelta64[ms]")),
    "nothing at all": ([None] * 80, [None] * 80),
    "a constant": ([5] * 80, [5] * 80),
}  # fmt: skip


@pytest.mark.parametrize(("real", "made"), AGREE.values(), ids=AGREE)
def test_the_same_values_agree_whatever_holds_them(real: Any, made: Any) -> None:
    tables = compared(small(y=made), small(y=real), None)
    assert not [problem for problem in tables.problems if problem.severity == "error"]
    assert validity(tables).value == 1.0
    scores = [validity(tables), *fidelity_scores(tables)]
    assert next(score for score in scores if score.name == "shape").value > 0.9
    facts = {"rows": {"real": 80}}
    report = Report(tuple(scores), tables.problems, (), facts, pictures(tables.bounded, scores, None))
    assert render_html(report)


REFUSED: dict[str, tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame | None, str]] = {
    "no synthetic rows": (small(), small()[:0], None, "the synthetic table has no rows"),
    "no real rows": (small()[:0], small(), None, "the real table has no rows"),
    "no held-out rows": (small(), small(), small()[:0], "the holdout has no rows"),
    "a single real row": (small()[:1], small(), None, "the real table has a single row"),
    "infinite values": (small(), small(x=np.inf), None, "the synthetic table: column 'x', row 0 is inf"),
    "infinite real values": (small(x=-np.inf), small(), None, "the real table: column 'x', row 0 is -inf"),
    "nothing shared": (small()[["x"]], small()[["c"]], None, "share no column"),
}


@pytest.mark.parametrize(("real", "made", "holdout", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_compared_is_refused_in_words(
    real: pd.DataFrame, made: pd.DataFrame, holdout: pd.DataFrame | None, words: str
) -> None:
    with pytest.raises(DataError, match=words):
        compared(made, real, holdout)


def test_labels_of_all_kinds_name_columns() -> None:
    frame = small(b=np.arange(80) % 3)
    frame.columns = pd.Index([0, 1, "b"], dtype=object)
    tables = compared(frame, frame.copy(), None)
    assert tables.names == ["0", "1", "b"]


def test_a_single_synthetic_row_and_unseen_levels_are_judged() -> None:
    tables = compared(small()[:1], small(), small(c="unheard of"))
    assert len(fidelity_scores(tables)) == 9
    assert not [problem for problem in tables.problems if problem.severity == "error"]


def test_arrow_tables_with_levels_of_their_own_are_compared() -> None:
    cells = pa.array(["a", "b"] * 200)
    real, made = (pa.table({"c": array, "x": np.arange(400.0) % 7}) for array in (cells.dictionary_encode(), cells))
    assert validity(compared(made, real, None)).value == 1.0


def test_the_command_line_says_it_and_ends_well(tmp_path: Any) -> None:
    columns = ["id", "age", "day", "city"]
    REAL[columns].to_csv(tmp_path / "real.csv", index=False)
    GOOD[columns].assign(id="C-000000001", day="31.02.2021").to_csv(tmp_path / "made.csv", index=False)
    GOOD[columns][:0].to_csv(tmp_path / "none.csv", index=False)
    words = ("evaluate", "real.csv", "made.csv", "--no-attacks", "-o", "r.json", "--fail-under", "validity=0.5")
    done = run(*words, cwd=tmp_path, code=5)
    assert "Do not use these rows" in done.stdout
    assert "validity is 0.000" in done.stderr
    report = Report.load(tmp_path / "r.json")
    assert {problem.column for problem in report.problems} == {"id", "day"}
    assert report.standing("fidelity") < 0.9
    done = run("evaluate", "real.csv", "none.csv", cwd=tmp_path, code=3)
    assert done.stderr.splitlines()[-1] == "Error: the synthetic table has no rows; there is nothing to compare"

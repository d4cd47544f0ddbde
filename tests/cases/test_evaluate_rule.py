"""What evaluation sees between columns, and in check digits: each case spoils rows that keep all rules."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from synthdiff.codecs.codes.check import CHECKS
from synthdiff.evaluation.tables import EvaluationTables, make_tables

N = 300
STATES = {"Bonn": "west", "Kiel": "north", "Ulm": "south", "Jena": "east", "Hof": "south", "Trier": "west"}
Spoil = Callable[[pd.DataFrame], pd.DataFrame]


def with_check(name: str, heads: list[str]) -> list[str]:
    """Codes of one length, the check digits of which are right."""
    letters = np.array([list(head.encode()) for head in heads], dtype=np.uint8)
    CHECKS[name].write(letters)
    return [bytes(row.tolist()).decode() for row in letters]


def rows(seed: int, n: int = N) -> pd.DataFrame:
    """Orders, with everything that people find out about them."""
    rng = np.random.default_rng(seed)
    start = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), unit="D")
    net = (rng.integers(1, 9, n) * rng.lognormal(3, 0.7, n).round(2)).round(2)
    tax = (net * 0.19).round(2)
    city = rng.choice(list(STATES), n)
    customer = rng.choice(rng.choice(900_000, n // 3, replace=False) + 100_000, n)
    return pd.DataFrame(
        {
            "customer_id": customer,
            "segment": [("private", "business", "public")[int(number) % 3] for number in customer],
            "city": city,
            "state": [STATES[name] for name in city],
            "start": start,
            "end": start + pd.to_timedelta(rng.integers(1, 30, n), unit="D"),
            "net": net,
            "tax": tax,
            "gross": (net + tax).round(2),
            "card": with_check("luhn", [f"4{number:014d}0" for number in rng.integers(0, 10**14, n)]),
            "iban": with_check("iban", [f"DE00{number:018d}" for number in rng.integers(0, 10**18, n)]),
        }
    )


REAL, GOOD = rows(0), rows(1)


def compared(made: pd.DataFrame) -> EvaluationTables:
    return make_tables(REAL, made, rows(2))


def cell(name: str, value: object, row: int = 7) -> Spoil:
    def spoil(table: pd.DataFrame) -> pd.DataFrame:
        table.loc[row, name] = value
        return table

    return spoil


def shuffled(name: str) -> Spoil:
    return lambda t: t.assign(**{name: np.random.default_rng(4).permutation(t[name].to_numpy())})


def digits_changed(name: str) -> str:
    return GOOD[name][7][:-1] + str((int(GOOD[name][7][-1]) + 1) % 10)


ELSEWHERE = next(state for state in STATES.values() if state != GOOD["state"][7])
SPOILT: dict[str, tuple[Spoil, str, str, str]] = {
    "one wrong total": (cell("gross", 1.23), "gross", "warning", "one row breaks .* in row 7, where .* gross is 1.23"),
    "wrong totals": (shuffled("gross"), "gross", "error", "29. rows .* break what all real rows keep"),
    "another rate": (lambda t: t.assign(tax=(t["net"] * 0.2).round(2)), "tax", "error", "tax = 0.19 x net"),
    "one end before its start": (cell("end", pd.Timestamp("2020-01-02")), "end", "warning", "end - start"),
    "ends of others": (shuffled("end"), "end", "error", "end - start lies within 1 day and 29 days"),
    "one city elsewhere": (cell("state", ELSEWHERE), "state", "warning", f"one row .* city determines .*'{ELSEWHERE}'"),
    "cities elsewhere": (shuffled("state"), "state", "error", "city determines state"),
    "segments of others": (shuffled("segment"), "segment", "error", "customer_id determines segment"),
    "start and end exchanged": (
        lambda t: t.assign(start=t["end"], end=t["start"]),
        "end",
        "error",
        "end - start lies within",
    ),
    "one wrong check digit": (cell("iban", digits_changed("iban")), "iban", "warning", r"check digits \(iban\).*row 7"),
    "wrong check digits": (lambda t: t.assign(card=t["card"].str[:-1] + "7"), "card", "error", "check digits .luhn"),
}


@pytest.mark.parametrize(("spoil", "column", "severity", "words"), SPOILT.values(), ids=SPOILT)
def test_what_breaks_a_rule_is_seen(spoil: Spoil, column: str, severity: str, words: str) -> None:
    tables = compared(spoil(GOOD.copy()))
    found = [problem for problem in tables.problems if problem.column == column and problem.severity == severity]
    assert found
    assert pd.Series([problem.text for problem in found]).str.contains(words, regex=True).any(), found
    assert tables.examination is not None
    assert tables.examination.score().value < 1


@pytest.mark.parametrize("made", [rows(1), rows(3, 60), rows(5, 2000)], ids=["as many", "few", "many"])
def test_rows_that_keep_the_rules_are_without_fault(made: pd.DataFrame) -> None:
    tables = compared(made)
    assert not [problem.text for problem in tables.problems]
    assert tables.examination is not None
    kept = {check.column for check in tables.examination.checks if "rules" in check.shares}
    assert kept >= {"segment", "state", "end", "tax", "gross"}


def test_cells_of_other_types_are_read_before_rules_are_looked_at() -> None:
    made = GOOD.assign(gross=GOOD["gross"].astype(str), net=GOOD["net"].astype("float32"), start=GOOD["start"].dt.date)
    said = [problem.text for problem in compared(made).problems]
    assert not [text for text in said if "break" in text]
    spoilt = cell("gross", "1.23")(made)
    assert [text for text in (problem.text for problem in compared(spoilt).problems) if "one row breaks" in text]

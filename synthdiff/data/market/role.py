"""What the numbers of a series are: prices, returns or levels.

The rule of ``values="auto"``, a column at a time, on its observed values without mistakes (see `mistake`):

- The name decides where it is sure: ``Close`` is a price, ``VIX`` and ``DGS10`` are levels, ``log_ret`` holds returns.
  A name that looks like a ticker is a price wherever the numbers can be prices.
- Columns that are not positive throughout are *returns* if they have a mean within half a standard deviation of zero
  and a first autocorrelation between -1/2 and 1/2, else *levels*, such as spreads and temperatures.
- Positive columns with silent names are *prices* unless a unit root of the logarithm is rejected at 1 %
  (`unit_root_test`): prices wander; passengers and loads of a grid come back to their mean.

One price in a hundred fails its test by chance, and more of those that rose and fell again: of 20 stocks over 700 days
the lowest statistic is -4.6. So where more than half of the columns are prices, silent ones go with them, unless they
come back to their mean beyond doubt (`UNMISTAKABLE`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from synthdiff.data.market.convention import MOST_PERCENT, PERCENT_DEVIATION, deviation_of, infer_convention
from synthdiff.data.market.finding import Finding
from synthdiff.data.market.kind import Values
from synthdiff.data.market.mistake import FEW, clean_prices, clean_returns, may_be_prices, stands_out
from synthdiff.data.market.moment import DateArray, name_row
from synthdiff.data.market.unit_root import MIN_ROWS, unit_root_test
from synthdiff.data.market.vocabulary import SILENT, Hint
from synthdiff.errors import DataError

FloatArray = npt.NDArray[np.float64]
Certainty = Literal["certain", "likely", "unsure"]

PRICE_LEVEL = 0.01
UNMISTAKABLE = -6.0
"""Statistic of the unit-root test below which no price is: it comes back to its mean beyond doubt."""
_MAX_RETURN_MEAN = 0.5
_MAX_RETURN_CORRELATION = 0.5
_MOST_RETURN = 1e100  # squares of larger numbers overflow
_LEAST_BOND_PRICE = 25.0
_BOTH_SIGNS = 0.2


@dataclass(frozen=True)
class Reason:
    """Why a column is taken for what it is.

    Attributes
    ----------
    text : str
        The reason as a clause.
    certainty : {"certain", "likely", "unsure"}
        How sure that is.
    """

    text: str
    certainty: Certainty = "certain"


GIVEN = Reason("as --values says")


@dataclass(frozen=True)
class Decision:
    """What a column is taken for.

    Attributes
    ----------
    values : {"price", "return", "level"}
        What its numbers are.
    reason : Reason
        Why, and how sure that is.
    """

    values: Values
    reason: Reason


def infer_values(
    columns: Mapping[str, FloatArray], hints: Mapping[str, Hint] | None = None, dates: DateArray | None = None
) -> dict[str, Decision]:
    """Say what the numbers of each column are; the module says by which rule.

    Parameters
    ----------
    columns : mapping of str to (T,) float64
        NaN where nothing was observed.
    hints : mapping of str to Hint or None
        What the names say; None: nothing.
    dates : (T,) datetime64[ns] or None
        Dates of the rows, for messages.

    Returns
    -------
    dict of str to Decision

    Raises
    ------
    DataError
        A column never changes, looks like returns in percent, or is named like a price and is often not positive.
    """
    hints = hints or {}
    found = {name: _infer(name, x, hints.get(name, SILENT), dates) for name, x in columns.items()}
    if 2 * sum(decision.values == "price" for decision in found.values()) > len(found):
        for name, decision in found.items():
            if hints.get(name, SILENT).kind is None and decision.values == "level" and may_be_prices(columns[name]):
                found[name] = _beside_prices(decision, columns[name])
    return found


def unsure_findings(reasons: Mapping[str, Reason], roles: Mapping[str, str]) -> list[Finding]:
    """Say of which columns it is not sure what they are, and how to settle it.

    Parameters
    ----------
    reasons : mapping of str to Reason
        By the names of columns.
    roles : mapping of str to str
        What they are taken for.
    """
    return [
        Finding(
            name,
            None,
            f"taken for a {roles[name]}, which is not sure: {reason.text}",
            f"if it is a {'level' if roles[name] == 'price' else 'price'}, use --values "
            f"{name}={'level' if roles[name] == 'price' else 'price'}; else --values {name}={roles[name]}",
        )
        for name, reason in reasons.items()
        if reason.certainty == "unsure"
    ]


def _infer(name: str, x: FloatArray, hint: Hint, dates: DateArray | None) -> Decision:
    seen = x[~np.isnan(x)]
    if seen.min() == seen.max():
        raise DataError(
            f"column {name!r} is {seen[0]:g} in all rows; leave it out, or say what it is, "
            f"values={{{name!r}: 'level'}}",
            column=name,
        )
    if hint.kind == "level" and hint.is_sure:
        return _named_level(x, hint)
    is_named_price = hint.kind == "price" and hint.is_sure
    cleaned = clean_prices(x).values
    is_positive = not (cleaned <= 0.0).any() and (seen > 0.0).any() and (is_named_price or may_be_prices(x))
    if is_positive and not (hint.kind == "return" and hint.is_sure):
        return _positive(cleaned, hint)
    found = _as_returns(name, x, hint)
    if found is None and hint.kind == "price":
        _check_sign(name, x, hint, dates)
    if found is not None:
        return found
    return _other_level(x)


def _other_level(x: FloatArray) -> Decision:
    """A level that is not positive throughout; not sure where zeros stand out like gaps in prices."""
    text = f"as low as {np.nanmin(x):.4g}, and no return"
    wrong = x <= 0.0
    if may_be_mistakes(x) and stands_out(x):
        value = f"{x[wrong][0]:g}"
        return Decision("level", Reason(f"{int(wrong.sum()):,} values are {value}, far from all others", "unsure"))
    return Decision("level", Reason(text, "likely"))


def _named_level(x: FloatArray, hint: Hint) -> Decision:
    """A level by its name; but where yields are called by a maturity, so are bonds, whose prices are near 100."""
    if hint.is_maturity and np.nanmin(x) > _LEAST_BOND_PRICE:
        text = f"named like a maturity, but never below {np.nanmin(x):.4g}, as prices of bonds are"
        return Decision("price", Reason(text, "unsure"))
    return Decision("level", Reason(f"by its name ({hint.word})"))


def _positive(x: FloatArray, hint: Hint) -> Decision:
    """A price or a level, of a column that is positive without its mistakes."""
    if hint.kind == "price" and hint.is_sure:
        return Decision("price", Reason(f"by its name ({hint.word})"))
    logs = np.log(x[~np.isnan(x)])
    test = unit_root_test(logs) if len(logs) >= MIN_ROWS else None
    if test is None or not test.rejects(PRICE_LEVEL):
        words = "positive, and wanders" + (f" (t {test.statistic:.1f} of a unit root)" if test is not None else "")
        return Decision("price", Reason(words, "likely"))
    is_beyond_doubt = test.statistic < UNMISTAKABLE
    if hint.kind == "price" and not is_beyond_doubt:
        text = f"positive, and named like a ticker, though it came back to its mean (t {test.statistic:.1f})"
        return Decision("price", Reason(text, "likely"))
    text = f"positive, but comes back to its mean (unit root rejected, t {test.statistic:.1f})"
    return Decision("level", Reason(text, "likely" if is_beyond_doubt and hint.kind is None else "unsure"))


def _beside_prices(decision: Decision, x: FloatArray) -> Decision:
    """A silent column among prices: one as well, unless it comes back to its mean beyond doubt."""
    cleaned = clean_prices(x).values
    statistic = unit_root_test(np.log(cleaned[~np.isnan(cleaned)])).statistic
    if statistic < UNMISTAKABLE:
        return replace(decision, reason=replace(decision.reason, certainty="unsure"))
    text = f"positive, and most columns are prices, though it came back to its mean (t {statistic:.1f})"
    return Decision("price", Reason(text, "unsure"))


def _as_returns(name: str, x: FloatArray, hint: Hint) -> Decision | None:
    """Returns, if that is what the numbers look like or the name says; None: they are something else."""
    convention = infer_convention(x, hint)
    y = clean_returns(x, convention).values
    y = y[~np.isnan(y)]
    scale = 100.0 if convention.endswith("percent") else 1.0
    if y.min() == y.max() or np.abs(y).max() > _MOST_RETURN:
        return None
    mean, deviation = y.mean(), y.std()
    correlation = np.mean((y[1:] - mean) * (y[:-1] - mean)) / deviation**2
    is_centred = y.min() < 0.0 < y.max() and abs(mean) <= _MAX_RETURN_MEAN * deviation
    is_plain = is_centred and abs(correlation) <= _MAX_RETURN_CORRELATION
    if hint.kind == "return" and hint.is_sure and y.min() < 0.0 < y.max():
        is_plain, certainty, text = True, "certain", f"by its name ({hint.word})"
        deviation = deviation_of(y)  # what few wrong values cannot move: they are refused by themselves, later
    else:
        certainty, text = "likely", "both signs around zero, hardly autocorrelated"
    if not is_plain:
        return None
    is_odd = deviation > PERCENT_DEVIATION * scale if scale == 1.0 else hint.kind is None
    if is_odd or deviation > MOST_PERCENT:
        raise DataError(
            f"column {name!r} varies around zero like returns, but by {deviation:.2g} a step, which is "
            f"{deviation:.0%}; if these are percent, divide by 100 or say returns='percent' and "
            f"values={{{name!r}: 'return'}}; if not, say values='level' or 'return'",
            column=name,
        )
    return Decision("return", Reason(text, "certain" if certainty == "certain" else "likely"))


def _check_sign(name: str, x: FloatArray, hint: Hint, dates: DateArray | None) -> None:
    """Refuse what is named like a price and is often zero; what is often negative is a spread or another level."""
    wrong = np.flatnonzero(x <= 0.0)
    n, n_seen = len(wrong), int((~np.isnan(x)).sum())
    is_both = (x < 0.0).sum() >= _BOTH_SIGNS * n_seen
    if is_both or not (hint.is_sure or may_be_mistakes(x)):
        return
    row = int(wrong[0])
    raise DataError(
        f"column {name!r} is named like a price, and {n:,} of its {n_seen:,} values are not positive, the first one "
        f"{x[row]:g} at {name_row(dates, row)}; more than {FEW:.0%} are no single mistakes: make them missing, or say "
        f"values={{{name!r}: 'level'}} (--values {name}=level) to work on differences",
        column=name,
        row=row,
        value=float(x[row]),
    )


def may_be_mistakes(x: FloatArray) -> bool:
    """Whether what is not positive is always the same number, as sentinels are."""
    wrong = x[x <= 0.0]
    return bool(len(wrong) and (wrong == wrong[0]).all())


def check_prices(names: Sequence[str], values: FloatArray, dates: DateArray | None) -> None:
    """Refuse prices that have no logarithm.

    Parameters
    ----------
    names : sequence of str
        Names of the C columns of prices.
    values : (T, C) float64
        NaN where nothing was observed.
    dates : (T,) datetime64[ns] or None
        Dates of the rows, for messages.

    Raises
    ------
    DataError
        A price is zero or negative.
    """
    rows, columns = np.nonzero(values <= 0.0)
    if len(rows):
        row, name, value = int(rows[0]), names[columns[0]], float(values[rows[0], columns[0]])
        count = int((columns == columns[0]).sum())
        raise DataError(
            f"column {name!r} has the price {value:g} at {name_row(dates, row)}, and returns need positive prices; "
            f"{count:,} such values; make them missing if they are mistakes, or say values='level' to work on "
            "differences",
            column=name,
            row=row,
            value=value,
        )


def check_volumes(names: Sequence[str], values: FloatArray, dates: DateArray | None) -> None:
    """Refuse negative volumes; parameters and raises as of `check_prices`."""
    rows, columns = np.nonzero(values < 0.0)
    if len(rows):
        row, name, value = int(rows[0]), names[columns[0]], float(values[rows[0], columns[0]])
        message = f"column {name!r} has the volume {value:g} at {name_row(dates, row)}; volumes cannot be negative"
        raise DataError(message, column=name, row=row, value=value)

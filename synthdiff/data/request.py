"""A mapping of conditions, as users write it, read into what paths shall do and what the network is shown.

Keys are

- an asset (or its position): its simple return over the whole path; of a level such as a yield, its change;
- ``"market"``: the return of all assets that can be held, each with as much volatility;
- ``"return"``, ``"max_drawdown"``, ``"volatility"``: of the portfolio, by default in equal weights;
- ``"SPX.max_drawdown"``, ``"market.volatility"``: any measure of any of those;
- a covariate: its value over the whole path, or one for each step.

Values are fractions (-0.1 is -10 %):

- a number: that value, with a band around it;
- ``(low, high)``: between those, None for no bound;
- ``("<=", -0.3)``, ``"<=-0.3"``, ``"<=-30%"``, ``"-0.35..-0.25"``: the same in words, for a command line;
- a list or array: one of those values, each as often. Several of them go together one by one.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import numpy as np

from synthdiff.data.measure import MEASURES, Measure, MeasureKind
from synthdiff.data.portfolio import Holdings, named, resolve_weights
from synthdiff.data.schema import near_match
from synthdiff.data.split import FloatArray
from synthdiff.data.target import Target
from synthdiff.errors import ConditioningError, ConfigError
from synthdiff.parameter import read_number

MARKET, PORTFOLIO = "market", "portfolio"
_RELATION = re.compile(r"^(<=|>=|<|>|=)\s*(.+)$", re.DOTALL)
_CONDITION = re.compile(r"^(.*?[^\s<>=])\s*(<=|>=|<|>|=)\s*(.+)$", re.DOTALL)
_FORMS = "give a number, (low, high), '<=-0.3', or a list of values"
LOWEST: dict[MeasureKind, tuple[float, float]] = {
    "return": (-1.0, math.inf),
    "max_drawdown": (-1.0, 0.0),
    "volatility": (0.0, math.inf),
}
"""What a measure can be."""
Bounds = tuple[FloatArray, FloatArray]


@dataclass(frozen=True, eq=False)
class Subjects:
    """What a request may be about.

    Attributes
    ----------
    assets : tuple of str
    kinds : tuple of {"return", "difference"}
        (n_assets,)
    portfolio : mapping or array, or None
        Weights of the portfolio; None: the same of all assets that can be held.
    market : (n_assets,) float64 or None
        Weights of the market; None: as the portfolio by default.
    covariates : tuple of str
    labels : dict of str to tuple of str
        Of covariates that are text: the labels whose positions are their values.
    per_year : float
        Steps a year.
    """

    assets: tuple[str, ...]
    kinds: tuple[str, ...]
    portfolio: Holdings | None = None
    market: FloatArray | None = None
    covariates: tuple[str, ...] = ()
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    per_year: float = 252.0

    @property
    def names(self) -> list[str]:
        """All that a key may be, for messages."""
        return [*self.assets, *self.covariates, MARKET, *MEASURES]

    def measure(self, subject: str, kind: MeasureKind) -> Measure:
        """A measure of an asset, the portfolio or the market.

        Raises
        ------
        ConditioningError
            There is no such subject.
        """
        if subject in self.assets:
            place = self.assets.index(subject)
            is_level = self.kinds[place] == "difference"
            return Measure(kind, subject, place, np.empty(0), is_level, self.per_year)
        if subject == MARKET:
            weights = self._equal() if self.market is None else self.market
        elif subject == PORTFOLIO:
            given = self.portfolio
            weights = self._equal() if given is None else resolve_weights(given, self.assets, self.kinds)
        else:
            raise _unknown(subject, self.names)
        return Measure(kind, subject, None, weights, False, self.per_year)

    def _equal(self) -> FloatArray:
        held = np.array([kind == "return" for kind in self.kinds], dtype=np.float64)
        if not held.any():
            raise ConfigError("none of the assets is a price or a return, so there is no portfolio of them")
        return np.asarray(held / held.sum())


@dataclass(frozen=True, eq=False)
class Request:
    """What was asked for.

    Attributes
    ----------
    target : Target or None
        What paths shall do; None: nothing.
    covariates : dict of str to (n_steps,) float64
        What the network is shown.
    """

    target: Target | None
    covariates: dict[str, FloatArray]


def read_request(conditioning: Mapping[Any, Any], subjects: Subjects, n_steps: int) -> Request:
    """Read conditions.

    Parameters
    ----------
    conditioning : mapping
        See the module's docstring.
    subjects : Subjects
    n_steps : int
        Of the paths.

    Returns
    -------
    Request

    Raises
    ------
    ConditioningError
        A key that is not known, or a value that cannot be; with what can be, in `support`.

    Examples
    --------
    >>> subjects = Subjects(("SPX", "GOLD"), ("return", "return"))
    >>> request = read_request({"SPX.max_drawdown": "<=-30%", "GOLD": (0.0, None)}, subjects, 63)
    >>> request.target.text
    'maximum drawdown of SPX at most -30 % and return of GOLD at least 0 %'
    """
    if not isinstance(conditioning, Mapping):
        raise ConditioningError(f"conditioning must be a mapping such as {{'SPX': -0.3}}, got {conditioning!r}")
    asked: list[tuple[Measure, Bounds]] = []
    shown: dict[str, FloatArray] = {}
    for key, value in conditioning.items():
        name = _name(key, subjects)
        if name in subjects.covariates and name not in subjects.assets:
            shown[name] = _course(name, value, subjects.labels.get(name), n_steps)
            continue
        measure = _measure(name, subjects)
        asked.append((measure, _possible(_bounds(name, value), measure, name, value)))
    return Request(_target(asked) if asked else None, shown)


def split_condition(text: str) -> tuple[str, str]:
    """Split a condition of a command line into a key and a value.

    Raises
    ------
    ConditioningError
        There is no relation in it.

    Examples
    --------
    >>> split_condition("SPX=-0.3"), split_condition("SPX.max_drawdown <= -30%")
    (('SPX', '-0.3'), ('SPX.max_drawdown', '<=-30%'))
    """
    found = _CONDITION.match(text.strip())
    if not found:
        raise ConditioningError(f"{text!r} is no condition; write it as SPX=-0.3, SPX=-0.35..-0.25 or SPX<=-0.3")
    key, relation, value = found.groups()
    return key, value if relation == "=" else relation + value


def _name(key: Any, subjects: Subjects) -> str:
    if isinstance(key, (int, np.integer)) and not isinstance(key, bool):
        if not 0 <= key < len(subjects.assets):
            raise ConditioningError(f"there is no asset {key}; they are numbered from 0 to {len(subjects.assets) - 1}")
        return subjects.assets[int(key)]
    return str(key)


def _measure(name: str, subjects: Subjects) -> Measure:
    if name in subjects.assets or name in (MARKET, PORTFOLIO):
        return subjects.measure(name, "return")
    if name in MEASURES:
        return subjects.measure(PORTFOLIO, _kind(name))
    subject, _, kind = name.rpartition(".")
    if subject and kind in MEASURES:
        return subjects.measure(subject, _kind(kind))
    raise _unknown(name, [*subjects.names, *(f"{asset}.{kind}" for asset in subjects.assets for kind in MEASURES)])


def _kind(word: str) -> MeasureKind:
    return next(kind for kind in get_args(MeasureKind) if kind == word)


def _unknown(name: str, names: Sequence[str]) -> ConditioningError:
    known = list(dict.fromkeys(names))
    return ConditioningError(
        f"conditioning names {name!r}, which is nothing here{near_match(name, known)}; there are {named(known)}",
        column=name,
        support=known,
    )


def _bounds(name: str, value: Any) -> Bounds:
    """Lower and upper bounds of one or several cases."""
    if isinstance(value, str):
        return _bounds_in_words(name, value)
    if isinstance(value, tuple):
        if len(value) == 2 and isinstance(value[0], str):
            return _bounds_in_words(name, f"{value[0]}{_number(name, value[1], value)!r}")
        if len(value) != 2:
            raise _wrong(name, value)
        low, high = (None if part is None else _number(name, part, value) for part in value)
        return _range(name, value, -math.inf if low is None else low, math.inf if high is None else high)
    parts = value if isinstance(value, list) else np.asarray(value).tolist()
    if not isinstance(parts, list):
        point = np.array([_number(name, parts, value)])
        return point, point
    if not parts:
        raise _wrong(name, value)
    points = np.array([_number(name, part, value) for part in parts])
    return points, points


def _bounds_in_words(name: str, text: str) -> Bounds:
    if ".." in text:
        low, _, high = text.partition("..")
        return _range(name, text, _parse(name, low, text, -math.inf), _parse(name, high, text, math.inf))
    found = _RELATION.match(text.strip())
    relation, number = found.groups() if found else ("=", text)
    point = np.array([_parse(name, number, text)])
    if relation == "=":
        return point, point
    return (np.array([-math.inf]), point) if relation in ("<=", "<") else (point, np.array([math.inf]))


def _parse(name: str, text: str, value: Any, empty: float | None = None) -> float:
    text = text.strip()
    if not text and empty is not None:
        return empty
    unit = 0.01 if text.endswith("%") else 1.0
    number = read_number(text.removesuffix("%"))
    if number is None:
        raise _wrong(name, value)
    return number * unit


def _number(name: str, part: Any, value: Any) -> float:
    if isinstance(part, (bool, np.bool_)) or not isinstance(part, (int, float, np.integer, np.floating)):
        raise _wrong(name, value)
    if isinstance(part, int) and abs(part) > sys.float_info.max:
        raise _wrong(name, value)
    if math.isnan(part):
        raise _wrong(name, value)
    return float(part)


def _range(name: str, value: Any, low: float, high: float) -> Bounds:
    if low > high:
        raise ConditioningError(
            f"conditioning of {name!r} is {value!r}: its lower bound is above its upper one", column=name, value=value
        )
    return np.array([low]), np.array([high])


def _wrong(name: str, value: Any) -> ConditioningError:
    return ConditioningError(f"conditioning of {name!r} is {value!r}; {_FORMS}", column=name, value=value)


def _possible(bounds: Bounds, measure: Measure, name: str, value: Any) -> Bounds:
    """Refuse what no path can do."""
    low, high = bounds
    if measure.is_level and measure.kind == "return":
        least, most = -math.inf, math.inf
    elif measure.is_level:
        least, most = (-math.inf, 0.0) if measure.kind == "max_drawdown" else (0.0, math.inf)
    else:
        least, most = LOWEST[measure.kind]
    infinite = np.isposinf(low) | np.isneginf(high)
    if (low > most).any() or (high < least).any() or infinite.any() or (not measure.is_level and (high <= -1).any()):
        hint = "" if measure.kind == "volatility" else "; write fractions, -0.3 for -30 %"
        raise ConditioningError(
            f"conditioning of {name!r} is {value!r}; {measure.text} lies between {least:g} and {most:g}{hint}",
            column=name,
            value=value,
            support=(least, most),
        )
    return bounds


def _course(name: str, value: Any, labels: tuple[str, ...] | None, n_steps: int) -> FloatArray:
    """A covariate over the steps of the paths."""
    parts = value if isinstance(value, (list, str)) else np.asarray(value).tolist()
    if isinstance(parts, list) and len(parts) != n_steps:
        raise ConditioningError(
            f"covariate {name!r} has {len(parts)} values; give one, or one for each of the {n_steps} steps",
            column=name,
            value=value,
        )
    every = parts if isinstance(parts, list) else [parts]
    found = [_covariate(name, part, labels) for part in every]
    return np.broadcast_to(np.array(found, dtype=np.float64), (n_steps,)).copy()


def _covariate(name: str, part: Any, labels: tuple[str, ...] | None) -> float:
    if isinstance(part, str) and labels is not None:
        if part in labels:
            return float(labels.index(part))
        raise ConditioningError(
            f"covariate {name!r} never was {part!r} in the history; it was {named(labels)}",
            column=name,
            value=part,
            support=list(labels),
        )
    if isinstance(part, (bool, np.bool_)):
        return float(part)
    if isinstance(part, str):
        number = read_number(part)
        part = part if number is None else number
    if not isinstance(part, (int, float, np.integer, np.floating)) or not math.isfinite(part):
        raise ConditioningError(f"covariate {name!r} is {part!r}; give a finite number", column=name, value=part)
    return float(part)


def _target(asked: list[tuple[Measure, Bounds]]) -> Target:
    """All conditions at once; lists go together one by one."""
    lengths = {len(low) for _, (low, _) in asked if len(low) > 1}
    if len(lengths) > 1:
        raise ConditioningError(
            f"lists of {' and '.join(map(str, sorted(lengths)))} values were given; lists must be as long as each other"
        )
    n = max(lengths, default=1)
    sides = [np.column_stack([np.broadcast_to(bounds[side], (n,)) for _, bounds in asked]) for side in (0, 1)]
    cases, counts = np.unique(np.hstack(sides), axis=0, return_counts=True)
    low, high = cases[:, : len(asked)], cases[:, len(asked) :]
    return Target(tuple(measure for measure, _ in asked), low, high, counts / n)

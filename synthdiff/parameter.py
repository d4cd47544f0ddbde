"""Parameters are checked first, all of them, by tables of rules that stand beside what they are for.

`check` reads a table; `checked` applies one to every call of a function. A value that is allowed goes on as a plain
Python one, so that ``np.int64(3)`` is ``3`` from there on.
"""

from __future__ import annotations

import inspect
import math
import os
import re
import reprlib
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from synthdiff.errors import ConfigError
from synthdiff.rule import Choice, Rule, plain
from synthdiff.visible import shown

P = ParamSpec("P")
T = TypeVar("T")

Rules = Mapping[str, Rule]
"""Rules by the names of parameters."""
RULES = "__parameter_rules__"
"""Attribute of a function in which `checked` leaves its rules."""
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_SIMPLE = (str, bytes, bool, int, float, complex, type(None), list, tuple, set, dict, os.PathLike)
_MOST_SHOWN = 80


def check(values: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    """Check parameters.

    Parameters
    ----------
    values : mapping of str to value
        All parameters by name.
    rules : mapping of str to Rule
        Rules by name. A parameter without a rule is left as it is.

    Returns
    -------
    dict
        The parameters as plain values, in their own order.

    Raises
    ------
    ConfigError
        A value is not allowed; the message names the parameter, the value and what is allowed.

    Examples
    --------
    >>> from synthdiff.rule import COUNT
    >>> check({"text": "null", "max_steps": 3}, {"text": Choice("null", "resample"), "max_steps": COUNT})
    {'text': 'null', 'max_steps': 3}
    """
    found = dict(values)
    for name, rule in rules.items():
        if name not in values:
            continue
        try:
            found[name] = rule.read(values[name])
        except (TypeError, ValueError, OverflowError, AttributeError):
            verb = "say" if isinstance(rule, Choice) else "give"
            raise ConfigError(f"{name} is {described(values[name])}; {verb} {rule.words}") from None
    return found


def checked(**rules: Rule) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Check the parameters of a function whenever it is called, before its body runs.

    Parameters
    ----------
    **rules : Rule
        Rules by name of the parameter. Those left out of a call, and their defaults, are not checked.

    Returns
    -------
    callable
        A decorator. A function that is a generator is checked when it is called, not at its first item.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        signature = inspect.signature(function)
        unknown = rules.keys() - signature.parameters.keys()
        if unknown:
            raise TypeError(f"{function.__qualname__} has no parameter {', '.join(sorted(unknown))}")

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                bound = signature.bind(*args, **kwargs)
            except TypeError:
                return function(*args, **kwargs)  # which says what is missing in Python's own words
            bound.arguments.update(check(bound.arguments, rules))
            return function(*bound.args, **bound.kwargs)

        setattr(call, RULES, rules)
        return call

    return decorate


def described(value: Any) -> str:
    """Write a value for a message: short, on one line, and never failing.

    Examples
    --------
    >>> described("x"), described(float("nan")), described(object())
    ("'x'", 'nan', 'a value of type object')
    """
    value = plain(value)
    if not isinstance(value, _SIMPLE):
        return f"a value of type {type(value).__name__}"
    try:
        text = repr(value)
    except Exception:  # a class of its own, or an integer that has too many digits to be written
        return f"a value of type {type(value).__name__}"
    return shown(text if len(text) <= _MOST_SHOWN else reprlib.repr(text)[1:-1])


def read_number(text: str) -> float | None:
    """Read a finite number of plain digits; None where the text is none.

    Examples
    --------
    >>> read_number(" -1.5e-2 "), read_number("nan"), read_number("1_000"), read_number("1e999")
    (-0.015, None, None, None)
    """
    found = float(text) if _NUMBER.fullmatch(text.strip()) else math.nan
    return found if math.isfinite(found) else None

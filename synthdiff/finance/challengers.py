"""All classical simulators that a model has to stand beside.

References
----------
See the files of the classes.
"""

from __future__ import annotations

from synthdiff.data.schema import near_match
from synthdiff.errors import ConfigError, MissingExtraError
from synthdiff.finance.bootstrap import IidBootstrap, StationaryBootstrap
from synthdiff.finance.dcc import DccGarch
from synthdiff.finance.filtered import FilteredHistorical
from synthdiff.finance.garch import EgarchT, GarchT
from synthdiff.finance.simulator import Simulator
from synthdiff.finance.vine import VineCopula, absence

CHALLENGERS: dict[str, type[Simulator]] = {
    "iid_bootstrap": IidBootstrap,
    "stationary_bootstrap": StationaryBootstrap,
    "garch_t": GarchT,
    "egarch_t": EgarchT,
    "filtered_historical": FilteredHistorical,
    "vine_copula": VineCopula,
    "dcc_garch": DccGarch,
}
"""Simulators by their word, from the simplest on; made without parameters they are what they are known as.

All but GARCH-t and EGARCH-t link assets: bootstraps and filtered historical simulation by joint rows of the history, a
vine by a copula, DCC by correlations that move.
"""


def usual_challengers() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Choose the challengers where none are named: all whose optional libraries are installed.

    Returns
    -------
    words : tuple of str
        Keys of `CHALLENGERS`.
    notes : tuple of str
        A sentence for each that is left out, with what to install.
    """
    absent = {word: error for word in CHALLENGERS if (error := _absence(word))}
    notes = tuple(f"{CHALLENGERS[word].name} is left out: {error}." for word, error in absent.items())
    return tuple(word for word in CHALLENGERS if word not in absent), notes


def make_challenger(word: str) -> Simulator:
    """Make a challenger with its usual parameters.

    Parameters
    ----------
    word : str
        A key of `CHALLENGERS`.

    Raises
    ------
    ConfigError
        There is no such challenger.
    MissingExtraError
        Its optional library is not installed.

    Examples
    --------
    >>> make_challenger("stationary_bootstrap").name
    'stationary bootstrap'
    """
    if word not in CHALLENGERS:
        raise ConfigError(
            f"there is no challenger {word!r}; there are {', '.join(CHALLENGERS)}{near_match(word, list(CHALLENGERS))}"
        )
    if error := _absence(word):
        raise error
    return CHALLENGERS[word]()


def _absence(word: str) -> MissingExtraError | None:
    """The error of a challenger whose optional library is not installed."""
    return absence() if word == "vine_copula" else None

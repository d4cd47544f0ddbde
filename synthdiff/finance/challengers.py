"""All classical simulators that a model has to stand beside.

References
----------
See the files of the classes.
"""

from __future__ import annotations

from synthdiff.data.schema import near_match
from synthdiff.errors import ConfigError
from synthdiff.finance.bootstrap import IidBootstrap, StationaryBootstrap
from synthdiff.finance.filtered import FilteredHistorical
from synthdiff.finance.garch import EgarchT, GarchT
from synthdiff.finance.simulator import Simulator

CHALLENGERS: dict[str, type[Simulator]] = {
    "iid_bootstrap": IidBootstrap,
    "stationary_bootstrap": StationaryBootstrap,
    "garch_t": GarchT,
    "egarch_t": EgarchT,
    "filtered_historical": FilteredHistorical,
}
"""Simulators by their word, from the simplest on; made without parameters they are what they are known as.

Both bootstraps draw joint rows, and so does filtered historical simulation: they are for several assets, too.
"""


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

    Examples
    --------
    >>> make_challenger("stationary_bootstrap").name
    'stationary bootstrap'
    """
    if word not in CHALLENGERS:
        raise ConfigError(
            f"there is no challenger {word!r}; there are {', '.join(CHALLENGERS)}{near_match(word, list(CHALLENGERS))}"
        )
    return CHALLENGERS[word]()

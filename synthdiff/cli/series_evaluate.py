"""``synthdiff evaluate --series``: market paths by the stylised facts of a history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from synthdiff.cli.series_option import once
from synthdiff.cli.series_paths import moving_columns, read_paths
from synthdiff.data.io import read_table
from synthdiff.data.market import Market, read_market
from synthdiff.data.market.convention import Returns
from synthdiff.data.portfolio import named
from synthdiff.data.schema import near_match
from synthdiff.errors import ConfigError
from synthdiff.evaluation.stylized.asset import FACTS as ASSET
from synthdiff.evaluation.stylized.bar import FACTS as BAR
from synthdiff.evaluation.stylized.cross import FACTS as CROSS
from synthdiff.evaluation.stylized.drift import FACTS as DRIFT_BY_KIND
from synthdiff.evaluation.stylized.market import evaluate_conditioned, evaluate_series
from synthdiff.evaluation.stylized.volume import FACTS as VOLUME
from synthdiff.evaluation.stylized.zero import FACTS as ZERO

if TYPE_CHECKING:
    from synthdiff.cli.progress import Bar
    from synthdiff.data.paths import Paths
    from synthdiff.evaluation.stylized.matched_scores import MatchedScores
    from synthdiff.evaluation.stylized.report import SeriesReport

MEANS = ("mean", "cross_mean")
MEMORY = ("novelty", "copies")
CLOCKS = ("time of day volatility", "weekday volatility", "time of day zeros", "weekday zeros")
DRIFT = tuple(DRIFT_BY_KIND.values())


def measure_series(
    real: str,
    paths: str,
    bar: Bar,
    *,
    holdout: str | None,
    returns: bool,
    random_state: int,
    real_returns: Returns = "auto",
    conditions: Sequence[tuple[str, Any]] = (),
    text: dict[str, Any] | None = None,
    **reading: Any,
) -> SeriesReport | MatchedScores:
    """Read a history and paths, and score the paths.

    Parameters
    ----------
    real, paths, holdout : str
        Files; the last one may be None.
    bar : Bar
        Shows the progress.
    returns : bool
        Whether the paths are log returns.
    random_state : int
    real_returns : str
        How columns of returns of the history are written; default: as `read_market` finds out.
    conditions : sequence of (str, condition)
        What every path does: then only the windows of the history that do it are what paths are scored by.
    text : dict or None
        What `read_table` takes.
    **reading
        What `read_market` takes.
    """
    options = {"say": bar.say, **(text or {})}
    bar.show("read", 0.0, real)
    market = read_market(read_table([real], **options), returns=real_returns, **reading)
    for finding in market.findings:
        # Here --returns is about the paths.
        bar.say(str(finding).replace("--returns", "--real-returns"))
    later = None
    if holdout is not None:
        bar.show("read", 0.1, holdout)
        columns = {name: value for name, value in reading.items() if name != "values"}
        later = read_market(read_table([holdout], **options), like=market, **columns)
    bar.show("read", 0.2, paths)
    found = read_paths(paths, market, returns, may_sink=not conditions)
    say_what_is_left_out(market, found, bar)
    bar.show("score", 0.3, f"{len(found):,} paths of {found.n_steps:,} steps")
    if conditions:
        return evaluate_conditioned(market, found, once("--condition", conditions), random_state=random_state)
    return evaluate_series(market, found, holdout=later, random_state=random_state)


def say_what_is_left_out(market: Market, paths: Paths, bar: Bar) -> None:
    """Say which assets of the history the paths lack."""
    lacking = [name for name in moving_columns(market) if name not in paths.assets]
    if lacking:
        bar.say(f"The paths lack {named(lacking)}, which is left out of the history, too.")


def check_series_gates(gates: Mapping[str, float]) -> dict[str, float]:
    """Gates by the names of scores, in which ``_`` stands for what is no letter.

    Raises
    ------
    ConfigError
        There is no such score.

    Examples
    --------
    >>> check_series_gates({"cross_mean": 1.2, "volatility_clustering": 2.0})
    {'cross_mean': 1.2, 'volatility clustering': 2.0}
    """
    known = {_typed(name): name for name in (*MEANS, *gate_names(), *MEMORY)}
    out = {}
    for name, limit in gates.items():
        typed = _typed(name)
        if typed not in known:
            raise ConfigError(
                f"there is no gate {name!r}{near_match(typed, list(known))}; there are {', '.join(known)}"
            )
        out[known[typed]] = limit
    return out


def gate_names() -> Sequence[str]:
    """Names of the facts that a report may hold."""
    names = [fact.name for facts in (ASSET, CROSS, DRIFT, ZERO, VOLUME, BAR) for fact in facts]
    return [*names, *CLOCKS]


def _typed(name: str) -> str:
    """A name that needs no quotes in a shell."""
    return name.replace(" ", "_").replace("-", "_").replace("/", "_").lower()

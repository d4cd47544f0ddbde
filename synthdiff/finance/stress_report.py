"""The report on a stress test: every scenario with its risk beside what is usual; plain data, no paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from synthdiff.data.portfolio import named
from synthdiff.errors import ArtifactError, ConfigError
from synthdiff.evaluation.saved import Page, check_version
from synthdiff.finance.contrast import compare_paths
from synthdiff.finance.stress_picture import pictures
from synthdiff.finance.stress_result import StressResult
from synthdiff.finance.stress_summary import span, step_word
from synthdiff.version import __version__

SCHEMA_VERSION = 1
KIND = "stress"
ROUNDING = 1e-9


@dataclass(frozen=True)
class StressReport(Page):
    """What some scenarios do to a portfolio.

    Attributes
    ----------
    summary : tuple of str
        Plain words: a sentence a scenario.
    scenarios : tuple of dict
        As `StressResult.to_dict` writes them, the unstressed one first if there is one; the others with
        ``"comparison"`` (a record a position and measure, unstressed and stressed with 95 % intervals) and
        ``"pictures"``, see `synthdiff.finance.stress_picture.pictures`.
    notes : tuple of str
        What concerns all of them.
    about : dict
        Portfolio, horizon, paths, versions.
    """

    summary: tuple[str, ...] = ()
    scenarios: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    about: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, unstressed: StressResult | None, stressed: Sequence[StressResult], begin: str = "anywhere") -> Self:
        """Put scenarios beside what is usual.

        Parameters
        ----------
        unstressed : StressResult or None
        stressed : sequence of StressResult
            Of the same portfolio.
        begin : str
            Where the paths begin, in words.

        Returns
        -------
        StressReport

        Raises
        ------
        ConfigError
            There is no scenario, two have one name, or they are of different portfolios.
        """
        results = [*([] if unstressed is None else [unstressed]), *stressed]
        _check(results)
        accounts = [_account(result, unstressed) for result in results]
        order = [*stressed, *([] if unstressed is None else [unstressed])]  # news first, what it is beside last
        first, *others = [result.summary for result in order]
        summary = (*first, *(" ".join(lines) for lines in others))
        return cls(summary, tuple(accounts), tuple(_notes(results[0].portfolio)), _about(results, begin))

    def __getitem__(self, name: str) -> dict[str, Any]:
        for scenario in self.scenarios:
            if scenario["name"] == name:
                return scenario
        raise KeyError(name)

    def __str__(self) -> str:
        from synthdiff.finance.stress_text import plain

        return plain(self)

    @property
    def unstressed(self) -> dict[str, Any] | None:
        """What is usual."""
        return next((scenario for scenario in self.scenarios if scenario["kind"] == "unstressed"), None)

    @property
    def stressed(self) -> tuple[dict[str, Any], ...]:
        """The scenarios besides it."""
        return tuple(scenario for scenario in self.scenarios if scenario["kind"] != "unstressed")

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores."""
        return {
            "schema_version": SCHEMA_VERSION,
            "kind": KIND,
            "summary": list(self.summary),
            "notes": list(self.notes),
            "about": self.about,
            "scenarios": list(self.scenarios),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read what `to_dict` wrote.

        Raises
        ------
        ArtifactError
            It is no report on a stress test.
        VersionError
            A newer version wrote it.
        """
        if data.get("kind") != KIND:
            raise ArtifactError(f"this is no report on a stress test: its kind is {data.get('kind')!r}, not {KIND!r}")
        check_version(data, SCHEMA_VERSION)
        return cls(tuple(data["summary"]), tuple(data["scenarios"]), tuple(data["notes"]), data["about"])

    def render_html(self) -> str:
        """Return one HTML page that opens without a network."""
        from synthdiff.finance.stress_html import render_html

        return render_html(self)


def _check(results: Sequence[StressResult]) -> None:
    if not results:
        raise ConfigError("there is no scenario to report on")
    names = [result.name for result in results]
    twice = [name for i, name in enumerate(names) if name in names[:i]]
    if twice:
        raise ConfigError(f"two scenarios are called {twice[0]!r}; give one of them another name")
    for result in results[1:]:
        if result.portfolio != results[0].portfolio or result.rebalance != results[0].rebalance:
            raise ConfigError(
                f"{result.name!r} and {results[0].name!r} are of different portfolios; a report is of one"
            )


def _account(result: StressResult, unstressed: StressResult | None) -> dict[str, Any]:
    """A scenario as plain data, with what is usual beside it."""
    account = result.to_dict() | {"span": span(result.paths), "step": step_word(result.paths)}
    if unstressed is None or result is unstressed:
        return account | {"comparison": [], "pictures": pictures(result, None)}
    # a single path has no risk to compare, and its steps are other ones
    if result.kind == "replay":
        return account | {"comparison": [], "pictures": pictures(result, unstressed)}
    compared = compare_paths(
        unstressed.paths,
        result.paths,
        result.portfolio,
        levels=result.risk.tail.levels,
        rebalance=result.rebalance,
    )
    return account | {"comparison": compared.to_table().to_pylist(), "pictures": pictures(result, unstressed)}


def _notes(portfolio: dict[str, float]) -> list[str]:
    """What is not invested, or borrowed."""
    rest = 1 - sum(portfolio.values())
    if abs(rest) < ROUNDING:
        return []
    held = named([name for name, weight in portfolio.items() if weight])
    if rest > 0:
        return [f"The weights of {held} sum to {1 - rest:.4g}: the rest is cash that earns nothing."]
    return [f"The weights of {held} sum to {1 - rest:.4g}: {-rest:.4g} is borrowed at no cost."]


def _about(results: Sequence[StressResult], begin: str) -> dict[str, Any]:
    first = results[0]
    return {
        "portfolio": dict(first.portfolio),
        "rebalanced": "after every step" if first.rebalance == "daily" else "never",
        "horizon": span(first.paths),
        "paths begin": {"anywhere": "in states of the whole history", "end": "at its end"}.get(begin, f"at {begin}"),
        "scenarios": {result.name: len(result.paths) for result in results},
        "synthdiff": __version__,
    }

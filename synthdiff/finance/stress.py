"""Stress tests of a portfolio: replays, shocks, regimes, reverse stress and views, beside what is usual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, Self

from synthdiff.data.paths import Paths
from synthdiff.data.portfolio import Rebalance, as_shares, resolve_weights
from synthdiff.data.tail import LEVELS
from synthdiff.errors import ConfigError
from synthdiff.finance.parameters import MODEL, REGIME, REVERSE, SHOCK, STRESS_TEST, UNSTRESSED, VIEWS
from synthdiff.finance.pooling import pool_views
from synthdiff.finance.replay import Moment, replay_window
from synthdiff.finance.reverse import When, reverse_stress
from synthdiff.finance.stress_clause import describe
from synthdiff.finance.stress_report import StressReport
from synthdiff.finance.stress_result import Kind, StressResult
from synthdiff.finance.stress_reverse import find_losing
from synthdiff.finance.stress_summary import level_text, span
from synthdiff.finance.view import View
from synthdiff.parameter import check, checked
from synthdiff.rule import Choice, Either, Instance
from synthdiff.sampling.steering import Watch

N_PATHS, N_STRESSED = 10_000, 2_000
"""Unstressed, and of a scenario: these take longer to find."""
ANYWHERE, END = "anywhere", "end"
HORIZON = 63
"""A quarter of business days."""


class StressModel(Protocol):
    """A fitted model of a market, such as `synthdiff.SeriesDiffusion`."""

    def sample(self, n_paths: int, horizon: int, **options: Any) -> Paths:
        """Draw paths; options are ``conditioning``, ``portfolio``, ``random_state`` and what it has besides."""

    def forecast(self, history: Any, horizon: int, n_paths: int, **options: Any) -> Paths:
        """Draw paths from the end of a history; None: of the fitted one."""


DRAWN = Instance("paths, or the result of a stress test", (Paths, StressResult))


@dataclass(frozen=True, eq=False)
class StressTest:
    """Stress tests of one portfolio.

    Each method gives a `StressResult`; `compare` puts them beside what is usual, in one report.

    Parameters
    ----------
    portfolio : mapping of str to float
        Share of the start value in each asset; below 0 for a short position. What is missing to 1 is cash that earns
        nothing, what is beyond is borrowed at no cost. Weights that add up to 100 are percent.
    rebalance : {"daily", "hold"}
        Whether the weights are restored after every step, or what was bought at the start is kept.
    levels : tuple of float
        Of VaR and ES.
    begin : {"anywhere", "end"} or frame
        Where a model's paths begin: each in some state that the market was in, which is the risk through all times; at
        the end of the history that was fitted, or of another one, which is the risk of today.
    watch : callable or None
        ``watch(found, wanted)`` is called now and then with numbers of paths while a model draws.

    Examples
    --------
    >>> import numpy as np
    >>> from synthdiff.data.paths import Paths
    >>> noise = np.random.default_rng(0).standard_normal((2_000, 63, 2))
    >>> paths = Paths.of(0.01 * noise, ["SPX", "GOLD"])
    >>> test = StressTest({"SPX": 0.6, "GOLD": 0.4})
    >>> found = test.reverse(paths, loss=0.08)
    >>> round(found.event.probability, 2)
    0.08
    """

    portfolio: Mapping[str, float]
    rebalance: Rebalance = "daily"
    levels: tuple[float, ...] = LEVELS
    begin: Any = ANYWHERE
    watch: Watch | None = None

    def __post_init__(self) -> None:
        plain = check({name: getattr(self, name) for name in STRESS_TEST}, STRESS_TEST)
        object.__setattr__(self, "levels", plain["levels"])
        object.__setattr__(self, "portfolio", as_shares(self.portfolio))
        if isinstance(self.begin, str):
            check({"begin": self.begin}, {"begin": Choice(ANYWHERE, END)})

    @classmethod
    def equal(cls, assets: Sequence[str], kinds: Sequence[str] | None = None) -> Self:
        """Equal weights of all assets that can be held: those whose kind is ``"return"``.

        Raises
        ------
        ConfigError
            There is none.
        """
        kinds = ["return"] * len(assets) if kinds is None else kinds
        held = [name for name, kind in zip(assets, kinds, strict=True) if kind == "return"]
        if not held:
            raise ConfigError("none of the assets is a price or a return, so no share of wealth can be held in any")
        return cls({name: 1 / len(held) for name in held})

    @checked(**UNSTRESSED)
    def unstressed(
        self,
        model: StressModel,
        horizon: int = HORIZON,
        *,
        n_paths: int = N_PATHS,
        random_state: int = 0,
    ) -> StressResult:
        """What is usual: paths without any condition.

        Parameters
        ----------
        model : SeriesDiffusion
        horizon, n_paths : int
        random_state : int
            The seed. The same one for all scenarios makes them differ by what is asked of them only.

        Returns
        -------
        StressResult
        """
        paths = self._draw(model, n_paths, horizon, random_state=random_state)
        return self._result("unstressed", "Unstressed", f"the market does what it does over {span(paths)}", paths)

    def replay(
        self, history: Any, start: Moment, end: Moment | None = None, *, name: str | None = None
    ) -> StressResult:
        """Historical replay: what this portfolio would have gone through in a window of the past.

        Parameters
        ----------
        history : Market or frame
            With dates, and with all assets of the portfolio.
        start, end : str, date or datetime64
            The closes before the first return and of the last one. Or, as `start` alone, the name of a window such as
            ``"gfc"`` or ``"covid"``: see `synthdiff.finance.replay.WINDOWS`.
        name : str, optional

        Returns
        -------
        StressResult
            Of one path.

        Raises
        ------
        ConfigError
            There is no such window in the history, or not this asset.
        DataError
            An asset of the portfolio is not observed when the window begins.
        """
        found = replay_window(history, start, end, tuple(asset for asset, w in self.portfolio.items() if w))
        dates = f"{found.first} to {found.last}"
        description = f"{found.title} ({dates})" if found.title else dates
        title = name or found.title or dates
        return self._result("replay", title, description, found.paths, notes=found.notes)

    @checked(**SHOCK)
    def shock(
        self,
        model: StressModel,
        shocks: Mapping[str, Any],
        horizon: int = HORIZON,
        *,
        covariates: Mapping[str, Any] | None = None,
        max_drawdown: float | None = None,
        n_paths: int = N_STRESSED,
        random_state: int = 0,
        name: str | None = None,
        **effort: Any,
    ) -> StressResult:
        """Factor shock: some assets do what is asked, the rest is consistent with it.

        Parameters
        ----------
        model : SeriesDiffusion
        shocks : mapping of str to float, pair or str
            The simple return of an asset over the whole horizon, such as -0.30; the change of a level. Or a range such
            as ``(-0.35, -0.25)`` or ``"<=-30%"``, and other measures, such as ``"SPX.max_drawdown"``, ``"market"`` or
            the portfolio's ``"volatility"``: see `synthdiff.data.request`.
        horizon, n_paths : int
        covariates : mapping of str to value, optional
            Regimes and indicators, fixed as well.
        max_drawdown : float, optional
            How far the portfolio falls at least from its highest value, such as -0.3.
        random_state : int
        name : str, optional
        **effort : Any
            ``tolerance``, ``min_effective`` and ``max_draws``, as of `SeriesDiffusion.sample`.

        Returns
        -------
        StressResult
            Its event says how likely that is by itself.

        Raises
        ------
        ConditioningError
            It is out of the model's reach.
        ConfigError
            Nothing is asked for, or of an asset that is not there.
        """
        asked = dict(shocks)
        if max_drawdown is not None:
            asked["max_drawdown"] = ("<=", -abs(max_drawdown))
        fixed = dict(covariates or {})
        if not asked and not fixed:
            raise ConfigError("no shock is asked for; say {'SPX': -0.3} for a fall of 30 %")
        given = {"conditioning": asked | fixed, "portfolio": dict(self.portfolio)}
        paths = self._draw(model, n_paths, horizon, **given, random_state=random_state, **effort)
        clause, short = describe(asked, paths, self.portfolio)
        clauses = [*([clause] if asked else []), *(f"{key} is {value}" for key, value in fixed.items())]
        shorts = [*([short] if asked else []), *(f"{key} {value}" for key, value in fixed.items())]
        description = f"{' and '.join(clauses)} over {span(paths)}"
        kind: Kind = "shock" if asked else "regime"
        return self._result(kind, name or ", ".join(shorts), description, paths, event=paths.event)

    @checked(**REGIME)
    def regime(
        self,
        model: StressModel,
        covariates: Mapping[str, Any],
        horizon: int = HORIZON,
        **options: Any,
    ) -> StressResult:
        """The market in a regime: covariates are fixed over the whole horizon.

        Parameters
        ----------
        model : SeriesDiffusion
            Fitted with covariates.
        covariates : mapping of str to value
        horizon : int
        **options : Any
            ``n_paths``, ``history``, ``random_state`` and ``name``, as of `shock`.

        Returns
        -------
        StressResult
        """
        return self.shock(model, {}, horizon, covariates=covariates, **options)

    @checked(source=Either(DRAWN, MODEL), **REVERSE)
    def reverse(
        self,
        source: StressModel | StressResult | Paths,
        loss: float = 0.2,
        *,
        horizon: int | None = None,
        at: When = "end",
        n_scenarios: int | None = None,
        guide: StressModel | None = None,
        n_paths: int = N_PATHS,
        random_state: int = 0,
        name: str | None = None,
    ) -> StressResult:
        """Reverse stress: the most plausible ways in which the portfolio loses so much.

        Parameters
        ----------
        source : SeriesDiffusion, StressResult or Paths
            Paths, best unstressed ones, or what draws them.
        loss : float
            At least so much of the start value, as a positive fraction.
        horizon : int, optional
            Default: all steps of the paths; of a model, 63.
        at : {"end", "trough"}
            Lost by the end, or at any time.
        n_scenarios : int, optional
            How many ways are told apart; default: as many as there are, 5 at most.
        guide : SeriesDiffusion, optional
            Where too few of the paths have lost so much by the end, this model draws such as do. A source that is a
            model is its own guide.
        n_paths : int
            How many paths are drawn from a model.
        random_state : int
        name : str, optional

        Returns
        -------
        StressResult
            Of the paths that lose so much; `StressResult.reverse` has them in groups.

        Raises
        ------
        TooFewRowsError
            Too few paths lose so much; it says how many do, and the deepest loss.
        ConditioningError
            The guide cannot lead paths there.
        """
        if isinstance(source, StressResult):
            source = source.paths
        if not isinstance(source, Paths):
            guide, source = source, self._draw(source, n_paths, horizon or HORIZON, random_state=random_state)
        paths = source.head(horizon)
        find = partial(
            reverse_stress,
            portfolio=self.portfolio,
            loss=loss,
            at=at,
            rebalance=self.rebalance,
            n_scenarios=n_scenarios,
            random_state=random_state,
        )
        draw = None
        if guide is not None and at == "end" and self.rebalance == "daily":  # which is what models can be asked for
            asked = {"conditioning": {"return": ("<=", -loss)}, "portfolio": dict(self.portfolio)}
            draw = partial(self._draw, guide, n_paths, paths.n_steps, **asked, random_state=random_state)
        when = f"by the end of {span(paths)}" if at == "end" else f"at some time within {span(paths)}"
        description = f"the portfolio loses {level_text(loss)} or more {when}"
        got = find_losing(paths, description, find, draw)
        return self._result(
            "reverse",
            name or f"Loss of {level_text(loss)}",
            description,
            got.paths,
            event=got.event,
            reverse=got.found,
            notes=got.notes,
        )

    @checked(source=DRAWN, **VIEWS)
    def views(
        self,
        source: StressResult | Paths,
        views: Sequence[View],
        *,
        confidence: float = 1.0,
        name: str | None = None,
    ) -> StressResult:
        """Entropy pooling: the same paths with the weights that views ask for, as close to the given ones as can be.

        Parameters
        ----------
        source : StressResult or Paths
        views : sequence of View
        confidence : float
            In (0, 1]; see `synthdiff.finance.pooling.pool_views`.
        name : str, optional

        Returns
        -------
        StressResult

        Raises
        ------
        ConditioningError
            No weights meet the views.
        """
        paths = source.paths if isinstance(source, StressResult) else source
        pooled = pool_views(paths, views, rebalance=self.rebalance, confidence=confidence)
        described = f"the view “{views[0].text}”" if len(views) == 1 else f"{len(views)} views"
        return self._result("views", name or "Views", described, pooled.apply(paths), views=pooled.results)

    def compare(self, unstressed: StressResult | None, *stressed: StressResult) -> StressReport:
        """Put scenarios beside what is usual.

        Parameters
        ----------
        unstressed : StressResult or None
        *stressed : StressResult

        Returns
        -------
        StressReport
        """
        begin = self.begin if isinstance(self.begin, str) else "the end of a history of its own"
        return StressReport.of(unstressed, stressed, begin)

    def _draw(self, model: StressModel, n_paths: int, horizon: int, **options: Any) -> Paths:
        if self.watch is not None:
            options["watch"] = self.watch
        options.setdefault(
            "portfolio", dict(self.portfolio)
        )  # so that its assets are looked at before anything is drawn
        if isinstance(self.begin, str) and self.begin == ANYWHERE:
            return model.sample(n_paths, horizon, **options)
        return model.forecast(None if isinstance(self.begin, str) else self.begin, horizon, n_paths, **options)

    def _result(self, kind: Kind, name: str, description: str, paths: Paths, **more: Any) -> StressResult:
        resolve_weights(self.portfolio, paths.assets, paths.kinds)
        return StressResult.of(
            kind, name, description, paths, self.portfolio, rebalance=self.rebalance, levels=self.levels, **more
        )

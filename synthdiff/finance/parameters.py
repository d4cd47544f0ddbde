"""What the parameters of risk measures, stress tests, validations and backtests may be."""

from __future__ import annotations

from collections.abc import Mapping

from synthdiff.data.paths import Paths
from synthdiff.data.portfolio import HOLDINGS, REBALANCE
from synthdiff.data.tail import CONFIDENCES
from synthdiff.finance.view import View
from synthdiff.parameter import Rules
from synthdiff.rule import (
    CALLBACK,
    COUNT,
    MOST_STEPS,
    SEED,
    SHARE,
    STEPS,
    Choice,
    Instance,
    Integer,
    Names,
    Number,
    OrNone,
    Several,
    Text,
)

PATHS = Instance("paths, such as a model draws", (Paths,))
MODEL = Instance("a fitted model of market series", methods=("sample",))
MAPPING = Instance("a mapping of names to values, such as {'SPX': -0.3}", (Mapping,))
AT = Choice("end", "trough")
_WHOLE: Rules = {"paths": PATHS, "horizon": OrNone(STEPS), "rebalance": REBALANCE}
HELD: Rules = {**_WHOLE, "portfolio": HOLDINGS}
MEASURING: Rules = {
    **HELD,
    "levels": CONFIDENCES,
    "contribution_level": SHARE,
    "n_worst": COUNT,
}
SHARING: Rules = {**HELD, "level": SHARE}
WORST: Rules = {**HELD, "n": COUNT}
FALLING: Rules = {
    **_WHOLE,
    "portfolio": OrNone(HOLDINGS),
    "depths": Several(Number(above=0)),
    "levels": CONFIDENCES,
}
COMPARING: Rules = {
    "unstressed": PATHS,
    "stressed": PATHS,
    "portfolio": OrNone(HOLDINGS),
    "levels": CONFIDENCES,
    "horizon": OrNone(STEPS),
    "rebalance": REBALANCE,
}
REVERSING: Rules = {
    **HELD,
    "loss": Number(above=0),
    "at": AT,
    "n_scenarios": OrNone(Integer(1, MOST_STEPS)),
    "min_paths": Integer(0, MOST_STEPS),
    "random_state": SEED,
}
VIEW = Instance("a View", (View,))
POOLING: Rules = {
    "views": Several(VIEW, least=0),
    "names": Names(),
    "horizon": OrNone(STEPS),
    "rebalance": REBALANCE,
    "confidence": Number(above=0, most=1),
}
STRESS_TEST: Rules = {
    "portfolio": MAPPING,
    "rebalance": REBALANCE,
    "levels": CONFIDENCES,
    "watch": OrNone(CALLBACK),
}
_DRAWN: Rules = {"horizon": STEPS, "n_paths": COUNT, "random_state": SEED}
_NAME: Rules = {"name": OrNone(Text())}
UNSTRESSED: Rules = {"model": MODEL, **_DRAWN}
SHOCK: Rules = {
    **UNSTRESSED,
    **_NAME,
    "shocks": MAPPING,
    "covariates": OrNone(MAPPING),
    "max_drawdown": OrNone(Number(least=-1, most=1)),
}
REGIME: Rules = {"model": MODEL, "covariates": MAPPING, "horizon": STEPS}
REVERSE: Rules = {
    **_DRAWN,
    **_NAME,
    "horizon": OrNone(STEPS),
    "loss": Number(above=0),
    "at": AT,
    "n_scenarios": OrNone(Integer(1, MOST_STEPS)),
    "guide": OrNone(MODEL),
}
VIEWS: Rules = {**_NAME, "views": Several(VIEW), "confidence": Number(above=0, most=1)}
VALIDATING: Rules = {
    "names": OrNone(Names()),
    "kinds": OrNone(Several(Choice("return", "difference"))),
    "challengers": OrNone(Names()),
    "seeds": Integer(1, 10_000),
    "horizon": STEPS,
    "n_paths": COUNT,
    "draws": Integer(1, MOST_STEPS),
    "backtest_days": Integer(0, MOST_STEPS),
    "backtest_paths": COUNT,
    "random_state": SEED,
    "notes": Several(Text(), least=0),
}
BACKTESTING: Rules = {
    "first": Integer(1),
    "horizons": Several(STEPS),
    "levels": Several(Number(above=0.5, below=1), least=0),
    "n_paths": COUNT,
    "random_state": SEED,
    "refit_every": OrNone(COUNT),
    "assets": OrNone(Names()),
    "weights": OrNone(HOLDINGS),
}

"""What the parameters of `SeriesDiffusion` and of its methods may be."""

from __future__ import annotations

from typing import get_args

from synthdiff.data.market.convention import Returns
from synthdiff.data.market.kind import Values
from synthdiff.data.portfolio import HOLDINGS
from synthdiff.models.duration import Duration
from synthdiff.models.series_config import MIN_WINDOW, SERIES_PRESETS
from synthdiff.parameter import Rules
from synthdiff.rule import (
    CALLBACK,
    COUNT,
    MOST_DRIFT,
    MOST_ROWS,
    SEED,
    STEPS,
    Choice,
    Either,
    Flag,
    Integer,
    Label,
    Named,
    Names,
    Number,
    OrNone,
    Text,
)

HORIZON = 252
"""Steps of paths, if nothing is said: a year of business days."""
DRIFT = Either(Choice("historical", "zero"), Number(least=-MOST_DRIFT, most=MOST_DRIFT))
VALUES = Choice("auto", *get_args(Values))

FITTING: Rules = {
    "preset": Choice(*SERIES_PRESETS),
    "max_time": OrNone(Duration()),
    "max_steps": OrNone(COUNT),
    "values": Either(VALUES, Named(Choice(*get_args(Values)))),
    "drift": DRIFT,
    "covariates": Names(),
    "id_column": OrNone(Label()),
    "time_column": OrNone(Label()),
    "date_format": OrNone(Text()),
    "value_columns": Names(),
    "returns": Choice(*get_args(Returns)),
    "adjust_splits": Flag(),
    "window": OrNone(Integer(MIN_WINDOW, MOST_ROWS)),
    "network": Choice("unet", "transformer"),
    "volatility": Choice("auto", "start", "running", "none"),
    "tail": Choice("pareto", "empirical"),
    "device": Text(),
    "precision": Choice("auto", "float32", "bfloat16"),
    "random_state": OrNone(SEED),
}
"""Parameters of the constructor, checked when a fit begins."""
READING = (
    "values",
    "id_column",
    "time_column",
    "date_format",
    "value_columns",
    "covariates",
    "returns",
    "adjust_splits",
)
"""Those that say how a frame is read."""
_PATHS: Rules = {"n_paths": COUNT, "random_state": OrNone(SEED)}
STEERING: Rules = {
    **_PATHS,
    "portfolio": OrNone(HOLDINGS),
    "resample": Flag(),
    "tolerance": OrNone(Number(above=0)),
    "min_effective": OrNone(Number(above=0, most=MOST_ROWS)),
    "max_draws": OrNone(COUNT),
    "watch": OrNone(CALLBACK),
}
"""Parameters of scenarios: what every path does, and how hard to try."""
SAMPLING: Rules = {**STEERING, "horizon": OrNone(STEPS), "n_samples": OrNone(COUNT), "recalibrate": Flag()}
FORECASTING: Rules = {**STEERING, "horizon": STEPS}
STREAMING: Rules = {**_PATHS, "horizon": STEPS, "from_end": Flag(), "recalibrate": Flag()}
INFILLING: Rules = {**_PATHS, "n_steps": OrNone(STEPS)}

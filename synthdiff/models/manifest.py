"""What a model's manifest and its history say, typed and bounded, of either kind of model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, Field

from synthdiff.data.schema import Schema
from synthdiff.models.config import MOST_MEMBERS, TabularConfig
from synthdiff.models.past import Past
from synthdiff.models.series_config import SeriesConfig
from synthdiff.record import MAX_COLUMNS, Count, Index, Line, Name, Record, Tick, Word, read_as, without

MARKS = ("format", "format_version", "files", "sha256")
"""Keys of a manifest that belong to the folder rather than to the model."""

MOST_ROWS = 1 << 20
Seconds = Annotated[float, Field(ge=0, le=1e12)]
Warnings = Annotated[list[Line], Field(max_length=MAX_COLUMNS)]
NameList = Annotated[list[Name], Field(max_length=MAX_COLUMNS)]
Precision = Literal["auto", "float32", "bfloat16"]
Preset = Literal["fast", "balanced", "best"]
Moment = Annotated[
    str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$"), AfterValidator(lambda text: str(np.datetime64(text)))
]
Window = Annotated[int, Field(ge=16, le=1 << 20, multiple_of=16)]


class TabularParams(Record):
    """Parameters that a `TabularDiffusion` was made with."""

    preset: Preset
    schema_: Annotated[None, Field(alias="schema")]
    categorical: NameList
    text: Literal["null", "resample", "lorem"]
    pii: Literal["regenerate", "keep", "null"] = "keep"
    max_time: Seconds | Word | None
    max_steps: Count | None
    device: Word
    precision: Precision
    rules: bool = True
    track: bool
    random_state: Tick | None


class SeriesParams(Record):
    """Parameters that a `SeriesDiffusion` was made with."""

    preset: Preset
    max_time: Seconds | Word | None
    max_steps: Count | None
    values: Word | dict[Name, Word]
    drift: float | Word
    covariates: NameList
    id_column: Name | None
    time_column: Name | None
    date_format: Word | None = None
    value_columns: NameList
    returns: Literal["auto", "simple", "log", "percent"] = "auto"
    adjust_splits: bool = False
    window: Count | None
    network: Literal["unet", "transformer"]
    volatility: Literal["auto", "start", "running", "none"]
    tail: Literal["pareto", "empirical"] = "pareto"
    device: Word
    precision: Precision
    random_state: Tick | None


class TabularTraining(Record):
    """What came of the training of a table model."""

    best_valid_loss: float
    n_rows: Count
    n_steps: Count
    seconds: Seconds
    seed: Tick
    fingerprint: Word
    order: Annotated[list[Index], Field(max_length=MAX_COLUMNS)]
    warnings: Warnings
    n_members: Annotated[int, Field(ge=1, le=MOST_MEMBERS)]


class SeriesTraining(Record):
    """What came of the training of a model of series."""

    n_rows: Count
    n_steps: Count
    seconds: Seconds
    seed: Tick
    fingerprint: Word
    best_valid_loss: float | None
    warnings: Warnings
    window: Window
    first_date: Moment | None
    last_date: Moment | None
    past: Annotated[Past, read_as(Past)] | None = None
    check: Annotated[str, Field(max_length=2_000)] = ""


class GainRecord(Record):
    """What a column would gain by positions within its bins."""

    column: Index
    gain: float
    error: Annotated[float, Field(ge=0, allow_inf_nan=True)]
    n_cells: Count


class RefinementRecord(Record):
    """What the stage within bins has left."""

    columns: Annotated[list[Index], Field(max_length=MAX_COLUMNS)]
    gains: Annotated[list[GainRecord], Field(max_length=MAX_COLUMNS)]


class Manifest(Record):
    """What both kinds of model say."""

    n_parameters: Count
    device: Word
    threads: Annotated[int, Field(ge=1, le=1 << 16)]
    precision: Precision
    versions: dict[Word, Word]


class TabularManifest(Manifest):
    """What a table model says of itself."""

    model: Literal["TabularDiffusion"]
    params: TabularParams
    config: TabularConfig
    schema_: Annotated[Schema, Field(alias="schema"), read_as(Schema)]
    training: TabularTraining
    refinement: RefinementRecord


class SeriesManifest(Manifest):
    """What a model of series says of itself."""

    model: Literal["SeriesDiffusion"]
    series_version: Literal[2]
    params: SeriesParams
    config: SeriesConfig
    training: SeriesTraining


class TabularEvaluation(Record):
    """A validation of a table model."""

    step: Count
    seconds: Seconds
    train_loss: float | None
    valid_loss: float
    learning_rate: float
    members: Count
    columns: dict[Name, float]
    auc: Annotated[float, Field(ge=0, le=1)] | None = None


class SeriesEvaluation(Record):
    """A validation of a model of series."""

    step: Count
    seconds: Seconds
    train_loss: float | None
    valid_loss: float
    white_loss: float
    learning_rate: float


class TabularHistory(Record):
    """All validations of a table model."""

    history: Annotated[list[TabularEvaluation], Field(max_length=MOST_ROWS)]


class SeriesHistory(Record):
    """All validations of a model of series."""

    history: Annotated[list[SeriesEvaluation], Field(max_length=MOST_ROWS)]


def own_part(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a manifest that the model has written."""
    return dict(without(manifest, *MARKS))

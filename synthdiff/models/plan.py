"""What a fit of a table was asked for, made definite: columns, seed, budget, device."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import torch

from synthdiff.codecs.infer import infer_schema
from synthdiff.data.schema import Schema
from synthdiff.models.config import TabularConfig, preset_config
from synthdiff.models.duration import parse_duration
from synthdiff.runtime import choose_device, choose_precision
from synthdiff.training.checkpoint import Checkpoint
from synthdiff.training.schedule import Budget

TRAINING_SHARE = 0.94
"""Share of a time limit for training; the rest is for calibrating."""


@dataclass(frozen=True)
class FitPlan:
    """What a fit was asked for, made definite."""

    params: dict[str, Any]
    config: TabularConfig
    schema: Schema
    seed: int
    budget: Budget
    device: torch.device
    precision: torch.dtype
    fingerprint: str

    @property
    def identity(self) -> dict[str, Any]:
        """What must agree for an unfinished fit to go on."""
        return {
            "config": self.config.model_dump(),
            "schema": self.schema.to_dict(),
            "data": self.fingerprint,
            "budget": asdict(self.budget),
            "seed": self.seed,
            "precision": str(self.precision),
        }


def make_plan(params: dict[str, Any], table: pa.Table, found: Checkpoint | None) -> FitPlan:
    """Make definite what a fit was asked for.

    Parameters
    ----------
    params : dict
        The estimator's parameters.
    table : pa.Table
    found : Checkpoint or None
        An unfinished fit, whose seed is taken where none was asked for.
    """
    config = preset_config(params["preset"])
    device = choose_device(params["device"])
    seed = params["random_state"]
    if seed is None:
        seed = found.seed if found else int(np.random.default_rng().integers(2**31))
    return FitPlan(
        params=params,
        config=config,
        schema=infer_schema(
            table, params["categorical"], params["text"], Schema.given(params["schema"]), params["pii"], params["rules"]
        ),
        seed=int(seed),
        budget=budget(params, config.max_steps),
        device=device,
        precision=choose_precision(params["precision"], device),
        fingerprint=_fingerprint(table),
    )


def budget(params: dict[str, Any], max_steps: int) -> Budget:
    """What a fit may spend, by its parameters and the number of steps of its preset."""
    steps = params["max_steps"]
    seconds = time_limit(params)
    # A time limit alone plans the schedule: the preset's number of steps is then no limit.
    limit = steps if steps is not None else max_steps if seconds is None else 10**9
    return Budget(limit, None if seconds is None else TRAINING_SHARE * seconds)


def time_limit(params: dict[str, Any]) -> float | None:
    """Seconds that a fit may take; None for no limit."""
    return None if params["max_time"] is None else parse_duration(params["max_time"])


def _fingerprint(table: pa.Table) -> str:
    """Hash of the table's content, however it is cut into chunks."""
    digest = hashlib.sha256(str(table.schema.remove_metadata()).encode())
    for batch in table.combine_chunks().to_batches(max_chunksize=65_536):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        digest.update(sink.getvalue())
    return digest.hexdigest()

"""``synthdiff info`` of a model of market series: what it was fitted on, how, and how well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from synthdiff.cli.series_column import column_facts, columns_table
from synthdiff.cli.series_summary import (
    assets_in_words,
    loss_in_words,
    losses,
    scaling_of,
    span_in_words,
    window_in_words,
)
from synthdiff.codecs.series.price import PriceCodec
from synthdiff.models.duration import format_duration
from synthdiff.models.series_artifact import read_parts as check

if TYPE_CHECKING:
    from synthdiff.models.artifact import Artifact

__all__ = ["check", "columns_table", "finished_facts", "in_words", "unfinished_facts"]


def finished_facts(artifact: Artifact) -> dict[str, Any]:
    """What the files of a finished model tell."""
    manifest, codecs = artifact.manifest, artifact.codecs
    training, codec, dates = manifest["training"], PriceCodec.from_dict(codecs["price"]), codecs["dates"]
    days = None if dates is None else np.asarray(dates, dtype=np.int64).astype("datetime64[ns]")
    return {
        "rows": training["n_rows"],
        "first_date": training["first_date"],
        "last_date": training["last_date"],
        "assets": list(codec.assets),
        "kinds": list(codec.kinds),
        "window": training["window"],
        "volatility": scaling_of(codecs["window"]["followed"], codecs["window"]["scaling"]),
        "parameters": manifest["n_parameters"],
        "steps": training["n_steps"],
        "seconds": training["seconds"],
        **losses(training["best_valid_loss"], artifact.history),
        "warnings": training.get("warnings", []),
        "columns": column_facts(codec, days),
    }


def unfinished_facts(identity: dict[str, Any], state: dict[str, Any]) -> dict[str, Any]:
    """What the checkpoint of an unfinished fit tells."""
    return {
        "steps": state["step"],
        "seconds": state["elapsed"],
        **losses(state["best"], state["history"]),
        "window": identity["window"],
        "columns": [],
    }


def in_words(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """The facts that only models of market series have, each as a name and a line of text."""
    lines = [("steps", f"{facts['steps']:,} in {format_duration(facts['seconds'])}, seed {facts['seed']}")]
    if facts["best_valid_loss"] is not None:
        lines.append(("best loss", loss_in_words(facts)))
    if not facts["finished"]:
        return [*lines, ("window", f"{facts['window']:,} steps")]
    return [
        ("assets", assets_in_words(facts["assets"], facts["kinds"])),
        ("rows", span_in_words(facts)),
        *lines,
        ("window", window_in_words(facts)),
        ("parameters", f"{facts['parameters']:,}"),
    ]

"""A fitted model of series to a model directory and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from synthdiff.codecs.channel import FloatArray
from synthdiff.codecs.covariate import CovariateBlock
from synthdiff.codecs.normal import NormalScore
from synthdiff.codecs.price import PriceCodec
from synthdiff.codecs.window import WindowCodec, WindowState
from synthdiff.errors import ArtifactError
from synthdiff.models.artifact import read_artifact, write_artifact
from synthdiff.models.series_config import SeriesConfig
from synthdiff.models.series_fit import SeriesFit, series_layout
from synthdiff.models.series_network import series_network
from synthdiff.models.tabular_artifact import versions
from synthdiff.runtime import choose_precision
from synthdiff.sampling.path import PathSampler, PathStart

MODEL = "SeriesDiffusion"
_NETWORK = "network."


def write_series(fitted: SeriesFit, path: str | Path, *, force: bool) -> None:
    """Write a fitted model to a directory."""
    sampler = fitted.sampler
    params = dict(fitted.params)
    for name in ("covariates", "value_columns"):
        params[name] = list(params[name])
    manifest = {
        "model": MODEL,
        "params": params,
        "config": fitted.config.model_dump(),
        "training": fitted.training,
        "n_parameters": sum(p.numel() for p in sampler.network.parameters()),
        "device": str(fitted.device),
        "precision": str(sampler.precision).removeprefix("torch."),
        "versions": versions(),
    }
    codecs = {
        "price": fitted.codec.to_dict(),
        "window": sampler.codec.to_dict(),
        "covariates": fitted.covariates.to_dict(),
        "calibration": [table.to_dict() for table in sampler.calibration],
        "output": [[table.to_dict() for table in pair] for pair in fitted.output],
        "start": fitted.start_values.tolist(),
        "dates": None if fitted.dates is None else fitted.dates.astype(np.int64).tolist(),
    }
    weights = {_NETWORK + name: value for name, value in sampler.network.state_dict().items()}
    weights |= {name: torch.from_numpy(value) for name, value in _moments(fitted).items()}
    write_artifact(path, manifest, codecs, weights, fitted.history, force)


def read_series(path: str | Path, device: torch.device) -> SeriesFit:
    """Read a fitted model.

    Raises
    ------
    ArtifactError
        It is no model of series, or its files are damaged; nothing in them is ever run.
    """
    artifact = read_artifact(path)  # some of it has double precision, which not every device has
    manifest, codecs = artifact.manifest, artifact.codecs
    if manifest.get("model") != MODEL:
        raise ArtifactError(f"{path} holds a {manifest.get('model')!r}, not a {MODEL}")
    config = SeriesConfig.model_validate(manifest["config"])
    windows, covariates = WindowCodec.from_dict(codecs["window"]), CovariateBlock.from_dict(codecs["covariates"])
    network = series_network(series_layout(windows, covariates), config)
    network.load_state_dict(
        {name.removeprefix(_NETWORK): v for name, v in artifact.weights.items() if name.startswith(_NETWORK)}
    )
    moments = {n: v.cpu().numpy().astype(np.float64) for n, v in artifact.weights.items() if not n.startswith(_NETWORK)}
    sampler = PathSampler(
        network.to(device).eval().requires_grad_(False),
        windows,
        tuple(NormalScore.from_dict(table) for table in codecs["calibration"]),
        manifest["training"]["window"],
        choose_precision(manifest["params"]["precision"], device),
        config.solver_steps,
    )
    dates = codecs["dates"]
    return SeriesFit(
        params=manifest["params"],
        config=config,
        codec=PriceCodec.from_dict(codecs["price"]),
        covariates=covariates,
        sampler=sampler,
        starts=_state(moments, "starts"),
        end=PathStart(_state(moments, "end"), moments["end.past"], moments["end.scale"]),
        start_values=np.asarray(codecs["start"], dtype=np.float64),
        dates=None if dates is None else np.asarray(dates, dtype=np.int64).astype("datetime64[ns]"),
        output=tuple((NormalScore.from_dict(a), NormalScore.from_dict(b)) for a, b in codecs["output"]),
        history=artifact.history,
        training=manifest["training"],
        device=device,
    )


def _state(moments: dict[str, FloatArray], name: str) -> WindowState:
    magnitude, signed = (moments[f"{name}.{part}"] for part in ("magnitude", "signed"))
    nothing = np.empty((len(magnitude), 0, 0))  # of models that were saved before levels were followed
    return WindowState(magnitude, signed, moments.get(f"{name}.levels", nothing))


def _moments(fitted: SeriesFit) -> dict[str, Any]:
    """Where paths may start."""
    return {
        "starts.magnitude": fitted.starts.magnitude,
        "starts.signed": fitted.starts.signed,
        "starts.levels": fitted.starts.levels,
        "end.magnitude": fitted.end.state.magnitude,
        "end.signed": fitted.end.state.signed,
        "end.levels": fitted.end.state.levels,
        "end.past": fitted.end.past,
        "end.scale": fitted.end.past_scale,
    }

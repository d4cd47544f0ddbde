"""A fitted table model to a model directory and back."""

from __future__ import annotations

import platform
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from synthdiff.codecs.table import TableCodec
from synthdiff.data.frame import FrameKind
from synthdiff.data.schema import Schema
from synthdiff.errors import ArtifactError
from synthdiff.models.artifact import read_artifact, write_artifact
from synthdiff.models.config import TabularConfig
from synthdiff.models.fit import TabularFit, cell_layout
from synthdiff.models.refinement import PREFIX, Refinement
from synthdiff.networks.ensemble import DenoiserEnsemble
from synthdiff.networks.mlp import MLPDenoiser
from synthdiff.runtime import choose_precision
from synthdiff.version import __version__

MODEL = "TabularDiffusion"
_PLAIN = ("best_valid_loss", "n_rows", "n_steps", "seconds", "seed", "fingerprint", "order", "warnings")


def write_model(fitted: TabularFit, kind: FrameKind, path: str | Path, *, force: bool) -> None:
    """Write a fitted model to a directory."""
    params = dict(fitted.params)
    params["schema"] = None  # the whole schema is stored beside
    params["categorical"] = list(params["categorical"])
    manifest = {
        "model": MODEL,
        "params": params,
        "config": fitted.config.model_dump(),
        "schema": fitted.schema.to_dict(),
        "training": {name: getattr(fitted, name) for name in _PLAIN} | {"n_members": len(fitted.network.members)},
        "refinement": fitted.refinement.to_dict(),
        "n_parameters": sum(p.numel() for p in fitted.network.parameters()),
        "device": str(fitted.device),
        "precision": str(fitted.precision).removeprefix("torch."),
        "versions": versions(),
    }
    codecs = {"frame": kind.to_dict(), "table": fitted.codec.to_dict()}
    weights = fitted.network.state_dict() | fitted.refinement.weights()
    write_artifact(path, manifest, codecs, weights, fitted.history, force)


def read_model(path: str | Path, device: torch.device) -> tuple[dict[str, Any], TabularFit, FrameKind]:
    """Read a fitted model: the estimator's parameters, the fit, the kind of frame.

    Raises
    ------
    ArtifactError
        It is no table model, or its files are damaged; nothing in them is ever run.
    """
    artifact = read_artifact(path, device)
    manifest = artifact.manifest
    if manifest.get("model") != MODEL:
        raise ArtifactError(f"{path} holds a {manifest.get('model')!r}, not a {MODEL}")
    config = TabularConfig.model_validate(manifest["config"])
    codec = TableCodec.from_dict(artifact.codecs["table"])
    layout, n_members = cell_layout(codec.alphabet), manifest["training"].pop("n_members")
    network = DenoiserEnsemble([MLPDenoiser(layout, **config.network.model_dump()) for _ in range(n_members)])
    network.load_state_dict({k: v for k, v in artifact.weights.items() if not k.startswith(PREFIX)})
    network = network.to(device).eval().requires_grad_(False)
    fitted = TabularFit(
        params=manifest["params"],
        config=config,
        schema=Schema.from_dict(manifest["schema"]),
        codec=codec,
        network=network,
        refinement=Refinement.restore(manifest.get("refinement"), artifact.weights, network),
        history=artifact.history,
        device=device,
        precision=choose_precision(manifest["params"]["precision"], device),
        **manifest["training"],
    )
    assert {f.name for f in fields(TabularFit)} >= set(_PLAIN)
    return manifest["params"], fitted, FrameKind.from_dict(artifact.codecs["frame"])


def versions() -> dict[str, str]:
    """Of what a model was made with."""
    packages = ("torch", "numpy", "pandas", "polars", "pyarrow")
    own = {"synthdiff": __version__, "python": platform.python_version()}
    return own | {name: version(name) for name in packages}

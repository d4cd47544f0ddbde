"""A fitted table model to a model directory and back."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch

from synthdiff.codecs.beside import write_beside
from synthdiff.codecs.column import NumberCodec
from synthdiff.codecs.registry import may_serve
from synthdiff.codecs.table import TableCodec
from synthdiff.codecs.token import LevelTokens
from synthdiff.constraints.groups import NO_GROUPS, Groups
from synthdiff.constraints.rules import NO_RULES, RuleSet
from synthdiff.data.frame import FrameKind
from synthdiff.errors import ArtifactError
from synthdiff.models.artifact import Artifact, read_artifact, write_artifact
from synthdiff.models.fit import TabularFit
from synthdiff.models.layout import cell_layout
from synthdiff.models.manifest import TabularHistory, TabularManifest, own_part
from synthdiff.models.refinement import PREFIX, Refinement
from synthdiff.models.restore import META, build_network
from synthdiff.networks.ensemble import DenoiserEnsemble
from synthdiff.networks.mlp import MLPDenoiser
from synthdiff.record import Record, read_as, require
from synthdiff.restore import restoring
from synthdiff.runtime import choose_precision
from synthdiff.version import __version__

MODEL = "TabularDiffusion"
_PLAIN = ("best_valid_loss", "n_rows", "n_steps", "seconds", "seed", "fingerprint", "order", "warnings")


class CodecsRecord(Record):
    """What ``codecs.json`` holds."""

    frame: Annotated[FrameKind, read_as(FrameKind)]
    table: Annotated[TableCodec, read_as(TableCodec)]
    rules: Annotated[RuleSet, read_as(RuleSet)] = NO_RULES
    groups: Annotated[Groups, read_as(Groups)] = NO_GROUPS


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
        "threads": fitted.threads,
        "precision": str(fitted.precision).removeprefix("torch."),
        "versions": versions(),
    }
    codecs: dict[str, Any] = {"frame": kind.to_dict(), "table": fitted.codec.to_dict()}
    codecs |= {"rules": fitted.rules.to_dict(), "groups": fitted.groups.to_dict()}
    weights = fitted.network.state_dict() | fitted.refinement.weights()
    write_artifact(path, manifest, codecs, weights, fitted.history, force)


def read_model(path: str | Path, device: torch.device) -> tuple[dict[str, Any], TabularFit, FrameKind]:
    """Read a fitted model: the estimator's parameters, the fit, the kind of frame.

    Raises
    ------
    ArtifactError
        It is no table model, or its files are damaged; nothing in them is ever run.
    """
    artifact = read_artifact(path)
    if artifact.manifest.get("model") != MODEL:
        raise ArtifactError(f"{path} holds a {artifact.manifest.get('model')!r}, not a {MODEL}")
    manifest = read_manifest(path, artifact)
    with restoring(path, "codecs.json"):
        record = CodecsRecord.model_validate(artifact.codecs)
    codec, kind, rules = record.table, record.frame, record.rules
    with restoring(path):
        _check_agree(manifest, codec, kind)
    network, refinement = _read_networks(path, manifest, codec, artifact.weights, device)
    with restoring(path, "codecs.json"):
        rules.check_columns(codec.codecs)
        record.groups.check_columns(codec.codecs)
        _rehearse(codec, kind, rules)
    params = artifact.manifest["params"]
    training = {key: value for key, value in artifact.manifest["training"].items() if key != "n_members"}
    fitted = TabularFit(
        params=params,
        config=manifest.config,
        schema=manifest.schema_,
        codec=codec,
        network=network,
        refinement=refinement,
        rules=rules,
        groups=record.groups,
        history=artifact.history,
        device=device,
        threads=manifest.threads,
        precision=choose_precision(manifest.params.precision, device),
        **training,
    )
    return params, fitted, kind


def read_manifest(path: str | Path, artifact: Artifact) -> TabularManifest:
    """Check what the manifest and the history of a table model say.

    Raises
    ------
    CorruptError
        The first thing that is wrong with them.
    """
    with restoring(path, "manifest.json"):
        manifest = TabularManifest.model_validate(own_part(artifact.manifest))
    with restoring(path, "training.jsonl"):
        TabularHistory.model_validate({"history": artifact.history})
    return manifest


def _check_agree(manifest: TabularManifest, codec: TableCodec, kind: FrameKind) -> None:
    """Refuse a manifest and codecs of different tables."""
    names = list(codec.codecs)
    require(manifest.schema_.names == names, "schema and codecs are of other columns")
    require(kind.template.schema.names == names, "frame and codecs are of other columns")
    for column, own in zip(manifest.schema_, codec.codecs.values(), strict=True):
        agree = may_serve(own, column.kind) or column.pii in ("regenerate", "null")
        require(agree, f"column {column.name!r} is {column.kind}, and its codec is of {own.kind}")
    n_learnt = len(codec.learnt)
    order = manifest.training.order
    require(sorted(order) == list(range(n_learnt)), f"order must name each of {n_learnt:,} columns once")
    for name, tokens in zip(codec.learnt, codec.alphabet.columns, strict=True):
        nullable = manifest.schema_[name].nullable or codec.codecs[name].has_words
        require(nullable or not tokens.missing, f"column {name!r} is never missing, and has a token for it")


def _read_networks(
    path: str | Path, manifest: TabularManifest, codec: TableCodec, weights: Mapping[str, torch.Tensor], device: Any
) -> tuple[DenoiserEnsemble, Refinement]:
    with restoring(path, "model.safetensors"):
        shape, n_members = manifest.config.network, manifest.training.n_members
        layout = cell_layout(codec.alphabet)

        def make(meta: bool) -> DenoiserEnsemble:
            own = layout.to(META) if meta else layout
            return DenoiserEnsemble([MLPDenoiser(own, **shape.model_dump()) for _ in range(n_members)])

        main = {name: x for name, x in weights.items() if not name.startswith(PREFIX)}
        network = build_network(make, main, n_members * (shape.n_blocks + 1)).to(device)
        own = {name.removeprefix(PREFIX): x for name, x in weights.items() if name.startswith(PREFIX)}
        return network, Refinement.restore(manifest.refinement.model_dump(), own, network)


def _rehearse(codec: TableCodec, kind: FrameKind, rules: RuleSet) -> None:
    """Make a frame of the lowest, the highest and no value of each column: what can go wrong later goes wrong now."""
    values = np.full((3, len(codec.learnt)), np.nan)
    for j, (name, tokens) in enumerate(zip(codec.learnt, codec.alphabet.columns, strict=True)):
        own = codec.codecs[name]
        if isinstance(own, NumberCodec):
            ends = own.minimum, own.maximum
        else:
            assert isinstance(tokens, LevelTokens)
            ends = float(tokens.codes[0]), float(tokens.codes[-1])
        values[:, j] = *ends, np.nan if tokens.missing else ends[0]
    rng = np.random.default_rng(0)
    drawn = rules.apply(codec.decode(values, 0, rng), codec.codecs, rng)
    kind.restore(write_beside(drawn, codec.codecs, 0))


def versions() -> dict[str, str]:
    """Of what a model was made with."""
    packages = ("torch", "numpy", "pandas", "polars", "pyarrow")
    own = {"synthdiff": __version__, "python": platform.python_version()}
    return own | {name: version(name) for name in packages}

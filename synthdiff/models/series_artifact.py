"""A fitted model of series to a model directory and back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import torch

from synthdiff.codecs.series.channel import FloatArray
from synthdiff.codecs.series.covariate import CovariateBlock
from synthdiff.codecs.series.normal import NormalScore
from synthdiff.codecs.series.price import PriceCodec
from synthdiff.codecs.series.volatility import N_MAGNITUDES, N_SIGNED
from synthdiff.codecs.series.window import WindowCodec, WindowState
from synthdiff.data.market import PRICES
from synthdiff.errors import ArtifactError, VersionError
from synthdiff.models.artifact import Artifact, read_artifact, write_artifact
from synthdiff.models.manifest import SeriesHistory, SeriesManifest, own_part
from synthdiff.models.restore import build_network, check_tensors
from synthdiff.models.series_config import SeriesConfig
from synthdiff.models.series_fit import SeriesFit, channel_places, series_layout
from synthdiff.models.series_network import series_network
from synthdiff.models.series_output import Output
from synthdiff.models.tabular_artifact import versions
from synthdiff.networks.series import SeriesDenoiser
from synthdiff.record import LARGEST, Record, TupleOfParts, numbers, read_as, require
from synthdiff.restore import restoring
from synthdiff.runtime import choose_precision
from synthdiff.sampling.path import MEMORY, PathSampler, PathStart

MODEL = "SeriesDiffusion"
SERIES_VERSION = 2
"""Format of what is particular to models of series; those of another one are refused in words."""
_NETWORK = "network."
MOST_STARTS = 1 << 16
LOGS = 300.0
"""Size of a log volatility."""
_DAYS = -8_500_000_000_000_000_000, 8_500_000_000_000_000_000
"""Nanoseconds of the years 1700 to 2239: a calendar goes on for some years before NumPy's ends."""
Table = Annotated[NormalScore, read_as(NormalScore)]
Pair = Annotated[tuple[Table, Table], TupleOfParts[0]]
Moments = Annotated[npt.NDArray[np.int64], numbers(most=1 << 12, low=_DAYS[0], high=_DAYS[1], rising=True, whole=True)]


class SeriesCodecs(Record):
    """What ``codecs.json`` holds of a model of series."""

    price: Annotated[PriceCodec, read_as(PriceCodec)]
    window: Annotated[WindowCodec, read_as(WindowCodec)]
    covariates: Annotated[CovariateBlock, read_as(CovariateBlock)]
    calibration: Annotated[tuple[Table, ...], *TupleOfParts]
    output: Annotated[tuple[Pair, ...], *TupleOfParts]
    output_centre: Annotated[FloatArray, numbers(low=-LARGEST, high=LARGEST)]
    output_market: Pair | None
    output_coupling: Annotated[FloatArray, numbers(2, low=-1e6, high=1e6)]
    centre: Annotated[FloatArray, numbers(low=-LARGEST, high=LARGEST)]
    start: Annotated[FloatArray, numbers(low=-LARGEST, high=LARGEST, unknown=True)]
    dates: Moments | None


def write_series(fitted: SeriesFit, path: str | Path, *, force: bool) -> None:
    """Write a fitted model to a directory."""
    sampler, output = fitted.sampler, fitted.output
    params = dict(fitted.params)
    for name in ("covariates", "value_columns"):
        params[name] = list(params[name])
    manifest = {
        "model": MODEL,
        "series_version": SERIES_VERSION,
        "params": params,
        "config": fitted.config.model_dump(),
        "training": fitted.training,
        "n_parameters": sum(p.numel() for p in sampler.network.parameters()),
        "device": str(fitted.device),
        "threads": fitted.threads,
        "precision": str(sampler.precision).removeprefix("torch."),
        "versions": versions(),
    }
    codecs = {
        "price": fitted.codec.to_dict(),
        "window": sampler.codec.to_dict(),
        "covariates": fitted.covariates.to_dict(),
        "calibration": [table.to_dict() for table in sampler.calibration],
        "output": [_pair(pair) for pair in output.tables],
        "output_centre": output.centre.tolist(),
        "output_market": None if output.market is None else _pair(output.market),
        "output_coupling": output.coupling.tolist(),
        "centre": [] if sampler.centre is None else sampler.centre.tolist(),
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
    if artifact.manifest.get("model") != MODEL:
        raise ArtifactError(f"{path} holds a {artifact.manifest.get('model')!r}, not a {MODEL}")
    manifest, codecs = read_parts(path, artifact)
    with restoring(path, "model.safetensors"):
        network = _read_network(manifest.config, codecs, artifact.weights)
        moments = _read_moments(manifest, codecs, artifact.weights)
    sampler = PathSampler(
        network.to(device),
        codecs.window,
        codecs.calibration,
        manifest.training.window,
        choose_precision(manifest.params.precision, device),
        manifest.config.solver_steps,
        codecs.centre if len(codecs.centre) else None,
    )
    return SeriesFit(
        params=artifact.manifest["params"],
        config=manifest.config,
        codec=codecs.price,
        covariates=codecs.covariates,
        sampler=sampler,
        starts=_state(moments, "starts"),
        end=PathStart(_state(moments, "end"), moments["end.past"], moments["end.scale"]),
        start_values=codecs.start,
        dates=None if codecs.dates is None else codecs.dates.astype("datetime64[ns]"),
        output=_output(codecs),
        history=artifact.history,
        training=artifact.manifest["training"],
        device=device,
        threads=manifest.threads,
    )


def read_parts(path: str | Path, artifact: Artifact) -> tuple[SeriesManifest, SeriesCodecs]:
    """Check what the files of a model of series say, all but its tensors.

    Raises
    ------
    CorruptError
        The first thing that is wrong with them.
    """
    _check_version(path, artifact)
    with restoring(path, "manifest.json"):
        manifest = SeriesManifest.model_validate(own_part(artifact.manifest))
    with restoring(path, "training.jsonl"):
        SeriesHistory.model_validate({"history": artifact.history})
    with restoring(path, "codecs.json"):
        codecs = SeriesCodecs.model_validate(artifact.codecs)
        _check_agree(manifest, codecs)
    return manifest, codecs


def _check_version(path: str | Path, artifact: Artifact) -> None:
    version = artifact.manifest.get("series_version", 1)
    if type(version) is int and version != SERIES_VERSION:
        word = "no longer reads: fit it again" if version < SERIES_VERSION else "does not know yet: update synthdiff"
        raise VersionError(f"{path} is a model of series of format {version}, which this version {word}")


def _check_agree(manifest: SeriesManifest, codecs: SeriesCodecs) -> None:
    """Refuse codecs of different series."""
    price, window, names = codecs.price, codecs.window, codecs.covariates.names
    own, shown = channel_places(price)
    require(len(window.followed) + len(window.others) == len(own), "price and window are of other channels")
    persistent = {k for k in range(price.n_assets) if price.channels[k].persistent}
    moving = set(range(price.n_assets)) - persistent
    require(set(window.levels) == persistent, "levels are other channels than those of the prices")
    require(set(window.followed) in (moving, set()), "other channels are followed than those that move")
    require(names == tuple(price.channels[k].name for k in shown), "price and covariates are of other columns")
    require(len(codecs.calibration) == window.n_series, "each series needs its calibration")
    sizes = {len(codecs.output), len(codecs.output_centre)}
    n_followed = len(window.followed)
    require(sizes == {n_followed}, "each channel that is followed needs its output")
    require(codecs.output_coupling.shape == (n_followed, n_followed), "outputs of other channels are coupled")
    require(codecs.output_market is None or n_followed > 1, "a market of a single asset")
    require(len(codecs.centre) in (0, window.filter.n_series), "each series that is followed needs its centre")
    n_columns = len(price.names)
    require(len(codecs.start) == n_columns + price.n_states, f"a start of {n_columns} values is expected")
    for name, role, value in zip(price.names, price.layout.roles, codecs.start, strict=False):
        require(role not in PRICES or not value <= 0, f"the start of {name!r} is no price")
    require((codecs.dates is not None) == (price.layout.dates is not None), "there are dates, or there are none")
    past = manifest.training.past
    require(past is None or past.starts.shape[1] == len(names), "the past is of other covariates")


def _read_network(config: SeriesConfig, codecs: SeriesCodecs, weights: Mapping[str, torch.Tensor]) -> SeriesDenoiser:
    own = {name.removeprefix(_NETWORK): x for name, x in weights.items() if name.startswith(_NETWORK)}
    layout = series_layout(codecs.window, codecs.covariates)
    return build_network(lambda meta: series_network(layout, config), own, config.depth)


def _read_moments(
    manifest: SeriesManifest, codecs: SeriesCodecs, weights: Mapping[str, torch.Tensor]
) -> dict[str, FloatArray]:
    """Where paths may start, as arrays of the sizes that the codecs say."""
    moments = {name: x for name, x in weights.items() if not name.startswith(_NETWORK)}
    window, past = codecs.window, manifest.training.past
    k, levels = window.filter.n_series, (window.reversion.n_rows, len(window.reversion.places))
    n_chains = len(window.returns.zeros)
    n_starts = len(moments["starts.magnitude"]) if "starts.magnitude" in moments else 0
    memory = min(MEMORY, manifest.training.window // 2)
    shapes: dict[str, tuple[int, ...]] = {
        "starts.magnitude": (n_starts, k, N_MAGNITUDES),
        "starts.signed": (n_starts, k, N_SIGNED),
        "starts.levels": (n_starts, *levels),
        "starts.runs": (n_starts, n_chains),
        "end.magnitude": (1, k, N_MAGNITUDES),
        "end.signed": (1, k, N_SIGNED),
        "end.levels": (1, *levels),
        "end.runs": (1, n_chains),
        "end.past": (1, memory, window.n_series),
        "end.scale": (1, memory, k),
    }
    check_tensors(moments, {name: (shape, torch.float64) for name, shape in shapes.items()})
    require(0 < n_starts <= MOST_STARTS, f"from 1 to {MOST_STARTS:,} starts are expected")
    require(past is None or (len(past.starts), len(past.end)) == (n_starts, memory), "the past is of other starts")
    for name, x in moments.items():
        most = LOGS if name.endswith("scale") else LARGEST
        require(bool((x.abs() <= most).all()), f"the tensor {name!r} holds numbers beyond {most:g}")
        least = 1 / LARGEST if name.endswith("magnitude") else -LARGEST
        require(bool((x >= least).all()), f"the tensor {name!r} holds numbers that are not positive")
    return {name: np.asarray(x.numpy().copy(), dtype=np.float64) for name, x in moments.items()}


def _pair(pair: tuple[NormalScore, NormalScore]) -> list[dict[str, Any]]:
    return [table.to_dict() for table in pair]


def _output(codecs: SeriesCodecs) -> Output:
    """What is done to returns that were drawn."""
    volatility, market = codecs.window.filter, codecs.output_market
    coupling, weights, loadings = codecs.output_coupling, volatility.weights, volatility.loadings
    return Output(codecs.output, codecs.output_centre, market, coupling, weights, loadings)


def _state(moments: dict[str, FloatArray], name: str) -> WindowState:
    magnitude, signed, levels = (moments[f"{name}.{part}"] for part in ("magnitude", "signed", "levels"))
    return WindowState(magnitude, signed, levels, moments[f"{name}.runs"].astype(np.int64))


def _moments(fitted: SeriesFit) -> dict[str, Any]:
    """Where paths may start."""
    return {
        "starts.magnitude": fitted.starts.magnitude,
        "starts.signed": fitted.starts.signed,
        "starts.levels": fitted.starts.levels,
        "starts.runs": fitted.starts.runs.astype(np.float64),
        "end.magnitude": fitted.end.state.magnitude,
        "end.signed": fitted.end.state.signed,
        "end.levels": fitted.end.state.levels,
        "end.runs": fitted.end.state.runs.astype(np.float64),
        "end.past": fitted.end.past,
        "end.scale": fitted.end.past_scale,
    }

"""Read any fitted model from its directory."""

from __future__ import annotations

from pathlib import Path

from synthdiff.models.artifact import model_kind
from synthdiff.models.series import SeriesDiffusion
from synthdiff.models.series_artifact import MODEL as SERIES
from synthdiff.models.tabular import TabularDiffusion
from synthdiff.models.tabular_parameters import LOADING
from synthdiff.parameter import checked


@checked(**LOADING)
def load(path: str | Path, device: str = "auto") -> TabularDiffusion | SeriesDiffusion:
    """Read a fitted model.

    Parameters
    ----------
    path : str or Path
        ``NAME.synthdiff``.
    device : str
        Where it will sample: "auto", "cpu", "cuda", "cuda:1" or "mps"; not necessarily where it was fitted.

    Returns
    -------
    TabularDiffusion or SeriesDiffusion

    Raises
    ------
    ConfigError
        The path is none, or the device is not there.
    VersionError
        A newer version wrote it.
    CorruptError
        A file is missing, truncated or edited.
    ArtifactError
        There is no finished model.
    """
    return SeriesDiffusion.load(path, device) if model_kind(path) == SERIES else TabularDiffusion.load(path, device)

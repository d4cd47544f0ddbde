"""Read any fitted model from its directory."""

from __future__ import annotations

from pathlib import Path

from synthdiff.models.tabular import TabularDiffusion


def load(path: str | Path, device: str = "auto") -> TabularDiffusion:
    """Read a fitted model.

    Parameters
    ----------
    path : str or Path
        ``NAME.synthdiff``.
    device : str
        Where it will sample: "auto", "cpu", "cuda", "cuda:1" or "mps"; not necessarily where it was fitted.

    Returns
    -------
    TabularDiffusion

    Raises
    ------
    VersionError
        A newer version wrote it.
    CorruptError
        A file is missing, truncated or edited.
    ArtifactError
        There is no finished model.
    """
    return TabularDiffusion.load(path, device)

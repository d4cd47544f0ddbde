"""Where things go when nobody says so, and what is never overwritten."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path

import click

from synthdiff.errors import ArtifactError, ConfigError
from synthdiff.output import check_output
from synthdiff.place import is_same

MODEL_SUFFIX = ".synthdiff"
STDOUT = "-"
_ENDINGS = (".gz", ".parquet", ".csv", ".arrow", ".feather", ".ipc", ".jsonl", ".ndjson")


def default_model(data: tuple[str, ...]) -> Path:
    """The model of data files: the first one's name in the current folder.

    Examples
    --------
    >>> default_model(("tables/adult.csv.gz",)), default_model(("tables/*.parquet",)), default_model(("tables/",))
    (PosixPath('adult.synthdiff'), PosixPath('tables.synthdiff'), PosixPath('tables.synthdiff'))
    """
    first = Path(data[0])
    named = first.parent if any(sign in first.name for sign in "*?[") else first
    return Path((_stem(named.resolve()) or "table") + MODEL_SUFFIX)


def default_rows(model: Path, ending: str, what: str = "synthetic") -> Path:
    """The file for what is drawn from a model: its name in the current folder.

    Examples
    --------
    >>> default_rows(Path("models/adult.synthdiff"), "parquet")
    PosixPath('adult_synthetic.parquet')
    >>> default_rows(Path("spx.synthdiff"), "csv", "paths")
    PosixPath('spx_paths.csv')
    """
    return Path(f"{model.resolve().stem}_{what}.{ending}")


def newest_model(folder: Path) -> Path:
    """The finished model in a folder that was written last.

    Raises
    ------
    ArtifactError
        If the folder holds none.
    """
    from synthdiff.models.artifact import finished_models

    models = finished_models(folder, MODEL_SUFFIX)
    if not models:
        raise ArtifactError(f"no finished model (*{MODEL_SUFFIX}) in {folder.absolute()}; fit one, or name one")
    return models[-1]


def check_outputs(places: Mapping[str, str | Path | None], force: bool) -> None:
    """Refuse files that could not be written, before the long work.

    Parameters
    ----------
    places : mapping of str to path or None
        Where each option's output goes; None where it is not asked for. "-" is the standard output, where the command
        allows it: check that before.
    force : bool
        Whether files may be replaced.

    Raises
    ------
    click.UsageError
        Two options name the same file.
    ConfigError
        A file cannot be written, see `synthdiff.output.check_output`.
    """
    named = {option: path for option, path in places.items() if path is not None}
    for (first, one), (second, two) in itertools.combinations(named.items(), 2):
        if is_same(one, two):
            raise click.UsageError(f"{first} and {second} both name {two}; choose two files")
    for option, path in named.items():
        if str(path) == STDOUT:
            raise ConfigError(f"{option} cannot write to the standard output; name a file (./- for one of this name)")
        check_output(path, force)


def _stem(path: Path) -> str:
    name = path.name
    while any(name.lower().endswith(ending) for ending in _ENDINGS):
        name = name[: name.rindex(".")]
    return name

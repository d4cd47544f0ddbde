"""Reports in files: one way to write and to read any kind of them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from synthdiff.content import read_content
from synthdiff.errors import ArtifactError
from synthdiff.output import write_output
from synthdiff.restore import restoring
from synthdiff.storage import from_json, to_json

Kind = TypeVar("Kind")


def read_saved(path: str | Path, make: Callable[[dict[str, Any]], Kind]) -> Kind:
    """Read a report from a JSON file.

    Parameters
    ----------
    path : str or Path
        JSON file that a report was saved to.
    make : callable
        Makes the report of the file's JSON object: its ``from_dict``.

    Raises
    ------
    DataError
        The file cannot be read.
    ArtifactError
        The file is no report, or a damaged one.
    """
    content = read_content(path)
    try:
        data = from_json(content)
    except ValueError as error:
        raise ArtifactError(f"{path} is no report: it is no JSON ({error})") from error
    if not isinstance(data, dict):
        raise ArtifactError(f"{path} is no report: it holds no JSON object")
    with restoring(f"the report {path}", advice="write it again"):
        return make(data)


class Saved:
    """What can be written to a JSON file."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""

    def save_json(self, path: str | Path, force: bool = True) -> None:
        """Write all of it as JSON, whole or not at all; bounds that are infinite are ``{"$float": "inf"}``.

        Parameters
        ----------
        path : str or Path
            Place of the file.
        force : bool
            Whether to replace an existing file. Default: True.

        Raises
        ------
        ConfigError
            The path is no place for a file, or a file is there and `force` is not set.
        DataError
            The file cannot be written.
        """
        write_output(path, to_json(self.to_dict(), indent=1), force)

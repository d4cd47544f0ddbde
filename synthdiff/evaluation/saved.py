"""Reports in files: one way to write and to read any kind of them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

from synthdiff.content import read_content
from synthdiff.errors import ArtifactError, VersionError
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


def check_version(data: dict[str, Any], newest: int) -> None:
    """Refuse a report of a version that is not known.

    Raises
    ------
    VersionError
        It names no version, or a newer one.
    """
    version = data.get("schema_version")
    if type(version) is not int or version > newest:
        raise VersionError(f"the report has schema version {version}; this version reads up to {newest}")


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


class Page(Saved):
    """A report that is also a page, and that its JSON file restores."""

    @classmethod
    @abstractmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what `to_dict` wrote."""

    @abstractmethod
    def render_html(self) -> str:
        """Return one HTML page that opens without a network."""

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a report that `save_json` wrote.

        Parameters
        ----------
        path : str or Path
            Place of the JSON file.

        Raises
        ------
        DataError
            The file cannot be read.
        ArtifactError
            It is no report of this kind, or damaged.
        """
        return read_saved(path, cls.from_dict)

    def save_html(self, path: str | Path, force: bool = True) -> None:
        """Write the report as one HTML page that opens without a network, whole or not at all.

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
        write_output(path, self.render_html(), force)

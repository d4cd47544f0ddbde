"""Which files an input path means: itself, those of a folder, or those that match a pattern."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from synthdiff.data.schema import near_match
from synthdiff.data.sink import TEXT_FORMATS
from synthdiff.data.stream import COMPRESSED
from synthdiff.data.writer import format_of
from synthdiff.errors import ConfigError, DataError
from synthdiff.place import expand_home
from synthdiff.reason import plain_system_errors, reason

_KINDS = {
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a disk",
    stat.S_IFDIR: "a folder",
}
_HIDDEN = (".", "_")
_SHOWN = 1000
"""Names of a folder that a missing one is compared with."""


def find_files(path: str) -> list[tuple[Path, Path]]:
    """Find the files that a path means, each with the folder below which ``key=value`` folders count.

    Parameters
    ----------
    path : str
        A file, a folder or a pattern; ``~`` is the home folder.

    Returns
    -------
    list of (Path, Path)
        In the order of their names.

    Raises
    ------
    DataError
        There is no such file, it is not a regular one, or a folder cannot be read or holds no data files.
    """
    try:
        full = expand_home(path)
    except ConfigError as error:
        raise DataError(str(error)) from None
    with plain_system_errors("read", path):
        try:
            mode = os.stat(full).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return [(file, file.parent) for file in _matches(path, full)]
        if stat.S_ISDIR(mode):
            return [(file, full) for file in _inside(path, full)]
        check_regular(full, path)
        return [(full, full.parent)]


def check_regular(file: str | Path, name: str | Path) -> None:
    """Refuse what is not a regular file: it may be endless, and it cannot be read twice.

    Parameters
    ----------
    file : str or Path
        What is to be read.
    name : str or Path
        The same as the user named it.

    Raises
    ------
    DataError
        It is a device, a FIFO, a socket or a folder.
    OSError
        As the operating system says.
    """
    kind = stat.S_IFMT(os.stat(file).st_mode)
    if kind != stat.S_IFREG:
        raise DataError(f"cannot read {name}: it is {_KINDS.get(kind, 'no file')}; name a regular file")


def _inside(path: str, folder: Path) -> list[Path]:
    if Path(os.path.realpath(folder)).parent == Path(os.path.realpath(folder)):
        raise DataError(f"{path} is the root of the file system; name a folder of data files")
    files = sorted(_walk(folder))
    if not files:
        raise DataError(f"{path} is a folder without data files")
    return files


def _walk(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise DataError(f"cannot read the folder {error.filename}: {reason(error)}") from error

    for place, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(_HIDDEN)]
        for name in names:
            file = Path(place, name)
            if not name.startswith(_HIDDEN) and _is_data(file) and file.is_file():
                yield file


def _is_data(file: Path) -> bool:
    """Say whether a file of a folder is meant; ``readme.txt`` and archives are only where they are named."""
    try:
        input_format(file)
    except ConfigError:
        return False
    return file.suffix.lower() not in (".txt", ".zip")


def input_format(path: str | Path) -> str:
    """Tell the format of a file to read by its name; what is compressed and not named further is taken for CSV.

    Raises
    ------
    ConfigError
        The ending is unknown.

    Examples
    --------
    >>> [input_format(name) for name in ("rows.tsv", "rows.csv.zst", "archive.zip", "rows.jsonl.gz")]
    ['csv', 'csv', 'csv', 'jsonl']
    """
    name = Path(path).name.lower()
    plain = name
    for ending in COMPRESSED:
        plain = plain.removesuffix(ending)
    if plain != name and "." not in plain:
        return "csv"
    fmt = format_of(plain)
    if plain != name and fmt not in TEXT_FORMATS:
        raise ConfigError(f"{path}: compressed {fmt} files are not read; unpack it")
    return "csv" if fmt == "tsv" else fmt


def _matches(path: str, full: Path) -> list[Path]:
    if full.is_symlink():
        raise DataError(f"{path} is a link to {os.readlink(full)}, which does not exist")
    files = [Path(file) for file in sorted(glob.glob(str(full), recursive=True)) if Path(file).is_file()]
    if not files:
        folder = full.parent
        names = sorted(os.listdir(folder))[:_SHOWN] if folder.is_dir() else []
        raise DataError(f"there is no file {path}{near_match(full.name, names)}")
    return files

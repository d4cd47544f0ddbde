"""Pictures into files, whole or not at all."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from synthdiff.output import write_output

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def save_picture(figure: Figure, path: Path, dpi: int, force: bool) -> None:
    """Write a figure in the format that the file's ending names.

    Parameters
    ----------
    figure : Figure
        What to draw.
    path : Path
        The file, such as ``fan.png``.
    dpi : int
        Dots an inch.
    force : bool
        Whether to replace an existing file.

    Raises
    ------
    ConfigError
        The path is no place for a file, or a file is there and `force` is not set.
    DataError
        The file cannot be written.
    """
    memory = io.BytesIO()
    figure.savefig(memory, format=path.suffix.removeprefix(".").lower(), dpi=dpi)
    write_output(path, memory.getvalue(), force)

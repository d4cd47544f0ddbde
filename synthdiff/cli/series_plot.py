"""The picture of ``sample --plot``: the fan of one column, behind the history that its paths go on from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg

from synthdiff.cli.canvas import save_picture
from synthdiff.data.market import read_market
from synthdiff.data.portfolio import named
from synthdiff.data.schema import near_match
from synthdiff.errors import ConfigError

if TYPE_CHECKING:
    import pyarrow as pa

    from synthdiff.data.paths import Paths
    from synthdiff.models.series import SeriesDiffusion

DPI = 130
MOST_CELLS = 4_000_000
"""Of the column that is drawn: the first paths that hold so many are kept, and the picture says of how many it is."""


class Plot:
    """A picture that is collected while paths are drawn.

    Parameters
    ----------
    path : Path
        Where it goes.
    column : str
        What it shows.

    Attributes
    ----------
    n_seen : int
        Paths that went by.
    """

    def __init__(self, path: Path, column: str) -> None:
        self.path, self.column = path, column
        self.n_seen = 0
        self._parts: list[Paths] = []

    def add(self, paths: Paths) -> None:
        """Keep what is drawn of the next paths."""
        if self.n_seen * paths.n_steps < MOST_CELLS:
            self._parts.append(only(paths, self.column))
        self.n_seen += len(paths)

    def draw(self, model: SeriesDiffusion, history: pa.Table | None, force: bool = True) -> None:
        """Write the picture.

        Parameters
        ----------
        model : SeriesDiffusion
            What the paths were drawn from.
        history : pyarrow.Table or None
            What the paths go on from.
        force : bool
            Whether to replace an existing file; True by default.

        Raises
        ------
        ConfigError
            The path is no place for a file, or a file is there and `force` is not set.
        DataError
            The file cannot be written.
        """
        paths = joined(self._parts)
        count = f"{len(paths):,} paths" + (f" of {self.n_seen:,}" if len(paths) < self.n_seen else "")
        title = f"{self.column}: {count}, {paths.n_steps} steps"
        before = {} if history is None else last_values(model, history, self.column, paths.n_steps)
        figure = paths.plot(self.column, title=title, **before)
        save_picture(figure, self.path, DPI, force)


def check_ending(path: Path) -> None:
    """Refuse a picture whose ending is not that of a picture.

    Raises
    ------
    ConfigError
        The ending is unknown.
    """
    if path.suffix.removeprefix(".").lower() not in FigureCanvasAgg.get_supported_filetypes():
        raise ConfigError(f"cannot draw {path}: name a picture that ends in .png, .svg or .pdf")


def choose_column(model: SeriesDiffusion, asked: str | None) -> str:
    """The column to draw: the one that was asked for, or the first.

    Raises
    ------
    ConfigError
        There is no such column.
    """
    layout = model.codec_.layout
    names = [name for name, role in zip(layout.names, layout.roles, strict=True) if role != "covariate"]
    if asked is not None and asked not in names:
        raise ConfigError(f"there is no column {asked!r} to draw{near_match(asked, names)}; there are {named(names)}")
    return asked or names[0]


def only(paths: Paths, name: str) -> Paths:
    """The same paths with a single column, and of returns only its own, or those of the first asset."""
    column = paths.names.index(name)
    asset = paths.assets.index(name) if name in paths.assets else 0
    return replace(
        paths,
        returns=paths.returns[:, :, [asset]],
        assets=(paths.assets[asset],),
        kinds=(paths.kinds[asset],),
        values=paths.values[:, :, [column]],
        names=(name,),
        start=paths.start[[column]],
    )


def joined(parts: list[Paths]) -> Paths:
    """All paths as one object; each part counts by how many it has."""
    returns = np.concatenate([part.returns for part in parts])
    values = np.concatenate([part.values for part in parts])
    weights = np.concatenate([part.weights * len(part) for part in parts]) / len(returns)
    return replace(parts[0], returns=returns, values=values, weights=weights)


def last_values(model: SeriesDiffusion, history: pa.Table, name: str, n_rows: int) -> dict[str, Any]:
    """The last rows of a column of a history, and their dates, as `Paths.plot` takes them."""
    market = read_market(
        history,
        id_column=model.id_column,
        time_column=model.time_column,
        date_format=model.date_format,
        value_columns=tuple(model.value_columns),
        adjust_splits=model.adjust_splits,
        like=model.codec_.layout,
    )
    if market.roles[market.names.index(name)] == "return":
        return {}
    values = market.values[-n_rows:, market.names.index(name)]
    seen = ~np.isnan(values)
    dates = None if market.dates is None else market.dates[-n_rows:][seen]
    return {"history": values[seen], "history_dates": dates}

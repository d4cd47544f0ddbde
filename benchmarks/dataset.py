"""The tables that are measured on: where they lie, what is dropped, how they are split."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from sklearn.model_selection import train_test_split

from benchmarks.machine import ROOT


@dataclass(frozen=True)
class Dataset:
    """A table on disk and how it is used.

    Attributes
    ----------
    name : str
        For the results.
    path : Path
        Parquet or csv.
    target : str or None
        Column that downstream models predict.
    categorical : tuple of str
        Numeric columns that the scores treat as categories. The fit is told nothing.
    split_row : int or None
        Rows before this one train; None: a random fifth is held out, with seed 0.
    drop : tuple of str
        Columns that are left out.
    drop_null : tuple of str
        Rows where one of these is null are left out.
    """

    name: str
    path: Path
    target: str | None = None
    categorical: tuple[str, ...] = ()
    split_row: int | None = None
    drop: tuple[str, ...] = ()
    drop_null: tuple[str, ...] = ()

    def split(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Read the table and split it into train and held-out rows.

        Raises
        ------
        KeyError
            A column that is named here is not in the table.
        """
        table = pd.read_parquet(self.path) if self.path.suffix == ".parquet" else pd.read_csv(self.path)
        named = {*self.categorical, *self.drop, *self.drop_null, *([self.target] if self.target else [])}
        if unknown := named - set(table.columns):
            raise KeyError(f"{self.path} has no column {', '.join(sorted(unknown))}")
        table = table.dropna(subset=list(self.drop_null)).drop(columns=list(self.drop)).reset_index(drop=True)
        if self.split_row is not None:
            return table.iloc[: self.split_row], table.iloc[self.split_row :].reset_index(drop=True)
        train, test = train_test_split(table, test_size=0.2, random_state=0)
        return train.reset_index(drop=True), test.reset_index(drop=True)


def data_folder() -> Path:
    """Where the public data sets lie: ``$SYNTHDIFF_DATA``, else ``../shared/data`` beside the project."""
    return Path(os.environ.get("SYNTHDIFF_DATA", ROOT.parent / "shared" / "data"))


def suite() -> dict[str, Dataset]:
    """The five tables of the published comparisons, by name."""
    folder = data_folder() / "tabular"
    months = ("PAY_0", "PAY_2", "PAY_3", "PAY_4", "PAY_5", "PAY_6")
    default = "default payment next month"
    codes = ("OperatingSystems", "Browser", "Region", "TrafficType")
    datasets = (
        Dataset("adult", folder / "adult.parquet", "income", split_row=32_561),
        Dataset("magic", folder / "magic.parquet", "class"),
        Dataset("shoppers", folder / "shoppers.parquet", "Revenue", codes),
        Dataset("default", folder / "default.parquet", default, ("SEX", "EDUCATION", "MARRIAGE", *months, default)),
        Dataset("beijing", folder / "beijing.parquet", "pm2.5", drop=("No",), drop_null=("pm2.5",)),
    )
    return {dataset.name: dataset for dataset in datasets}

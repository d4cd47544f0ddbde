"""A portfolio from a table: an asset a row, with its weight."""

from __future__ import annotations

import pyarrow as pa

from synthdiff.data.schema import near_match
from synthdiff.errors import DataError, SchemaError
from synthdiff.parameter import read_number

ASSET, WEIGHT = "asset", "weight"


def read_holdings(table: pa.Table) -> dict[str, float]:
    """Read weights.

    Parameters
    ----------
    table : pa.Table
        Columns ``asset`` and ``weight``, in any case and order; others do not count. A weight is a share of the start
        value: a number, or text such as ``"60 %"``.

    Returns
    -------
    dict of str to float
        In the order of the rows.

    Raises
    ------
    SchemaError
        One of the columns is missing.
    DataError
        A weight is no finite number, an asset has no name or is there twice, or there are none.

    Examples
    --------
    >>> read_holdings(pa.table({"Asset": ["SPX", "GOLD"], "Weight": ["60%", "40%"]}))
    {'SPX': 0.6, 'GOLD': 0.4}
    """
    found = {name.strip().lower(): name for name in table.column_names}
    for wanted in (ASSET, WEIGHT):
        if wanted not in found:
            raise SchemaError(
                f"the weights have no column {wanted!r}{near_match(wanted, table.column_names)}; give asset,weight",
                column=wanted,
            )
    names, weights = table[found[ASSET]].to_pylist(), table[found[WEIGHT]].to_pylist()
    holdings: dict[str, float] = {}
    for row, (name, weight) in enumerate(zip(names, weights, strict=True)):
        asset = "" if name is None else str(name).strip()
        if not asset:
            raise DataError(f"row {row} of the weights names no asset", column=found[ASSET], row=row)
        if asset in holdings:
            raise DataError(f"{asset!r} is in the weights twice, again in row {row}", column=found[ASSET], row=row)
        holdings[asset] = _weight(weight, asset, row)
    if not holdings:
        raise DataError("the weights have no rows; give an asset and its weight in each")
    return holdings


def _weight(value: object, asset: str, row: int) -> float:
    text = str(value).strip()
    found = read_number(text.removesuffix("%"))
    if found is None:
        raise DataError(
            f"the weight of {asset!r} is {value!r} in row {row}; give a number such as 0.6",
            column=WEIGHT,
            row=row,
            value=value,
        )
    return found / (100 if text.endswith("%") else 1)

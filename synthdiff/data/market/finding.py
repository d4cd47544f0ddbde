"""What a reader of market series saw that its user must know: where, what was done about it, and what to do."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """A remark on the data.

    Attributes
    ----------
    column : str or None
        Name of the series; None: the remark concerns all of them.
    when : str or None
        Date or row, as `synthdiff.data.market.moment.name_row` writes it; None: no single moment.
    text : str
        What was found and what was done about it, as a clause that begins in lower case.
    remedy : str
        What the user can do about it, with the option that changes it.
    """

    column: str | None
    when: str | None
    text: str
    remedy: str

    def __str__(self) -> str:
        """The remark in a line.

        Examples
        --------
        >>> str(Finding("SPX", "2024-03-01", "the price 0 is taken for missing", "correct it, or use --values level"))
        'SPX, 2024-03-01: the price 0 is taken for missing; correct it, or use --values level'
        """
        place = ", ".join(part for part in (self.column, self.when) if part is not None)
        return f"{place}: {self.text}; {self.remedy}" if place else f"{self.text}; {self.remedy}"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)

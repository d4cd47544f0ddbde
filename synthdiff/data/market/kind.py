"""What the numbers of a series may be."""

from __future__ import annotations

from typing import Literal

Values = Literal["price", "return", "level"]

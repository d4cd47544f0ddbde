"""Market series from any frame: aligned, in order, each column known for what it is."""

from synthdiff.data.market.finding import Finding
from synthdiff.data.market.market import MIN_ROWS, PRICES, Market, Role, read_market

__all__ = ["MIN_ROWS", "PRICES", "Finding", "Market", "Role", "read_market"]

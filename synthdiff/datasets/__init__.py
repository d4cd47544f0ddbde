"""Tables and markets with a known truth, made on the spot."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from synthdiff.datasets.customers import make_customers
from synthdiff.datasets.orders import make_orders
from synthdiff.datasets.patients import make_patients

if TYPE_CHECKING:
    from synthdiff.datasets.market import make_market
    from synthdiff.datasets.market_truth import MarketTruth

__all__ = ["MarketTruth", "make_customers", "make_market", "make_orders", "make_patients"]

# Imported at first use: a market needs torch's and scipy's time to load, a table of customers does not.
_HOMES = {"MarketTruth": "synthdiff.datasets.market_truth", "make_market": "synthdiff.datasets.market"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'synthdiff.datasets' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value

"""Tables with a known truth, made on the spot."""

from synthdiff.datasets.customers import make_customers

__all__ = ["make_customers"]

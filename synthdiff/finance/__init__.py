"""Scenarios, stress tests, backtests and challengers of market series."""

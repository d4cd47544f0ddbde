"""What all tests start from."""

from benchmarks.attack.signals import stop_ignoring

stop_ignoring()

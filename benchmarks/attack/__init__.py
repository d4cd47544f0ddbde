"""Attacks on files, processes, threads and memory; `benchmarks.soak` runs them for as long as one likes."""

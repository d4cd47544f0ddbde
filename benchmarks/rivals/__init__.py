"""Other generators, each a script that an environment of its own runs: ``python -m benchmarks.rivals.ctgan JOB.json``.

Here lie the pinned versions too: ``ENVIRONMENT.txt``. Nothing here may import what those environments lack.

TabDDPM is not among them. It is packaged in synthcity alone, whose latest release (0.2.12) asks for torch below 2.3: on
Linux, PyPI has that with CUDA only, and with what else pip then picks it cannot be imported.
"""

"""The command line: ``synthdiff fit``, ``sample``, ``inspect``, ``info`` and ``demo``."""

"""The command line: ``synthdiff fit``, ``sample``, ``evaluate``, ``inspect``, ``info`` and ``demo``."""

"""Frames, files, schemas, splits: inside the library every table is a ``pyarrow.Table``."""

"""Between columns and what a model works on: one kind of column a file."""

"""Personal data: which columns hold it, and made-up cells in place of it."""

"""What noise does."""

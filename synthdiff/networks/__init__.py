"""What predicts: from noisy cells to a posterior."""

"""What the project claims, measured: each script writes one table beside named peers, with seeds, machine, versions."""

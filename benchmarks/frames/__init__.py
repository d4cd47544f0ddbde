"""Random tables as people have them: fitted, sampled, and every cell that comes out read as one that went in."""

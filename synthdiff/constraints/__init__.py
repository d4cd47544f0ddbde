"""Rules between columns that every real row keeps, and that every row which comes out keeps too."""

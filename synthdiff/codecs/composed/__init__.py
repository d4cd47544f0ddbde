"""Codes whose parts follow from other columns: a year, the letters of a category, another identifier."""

"""Identifiers and codes: what tells rows apart, made up anew in the same format."""

"""How good synthetic rows are: fidelity, detection, utility, and the report of all scores; knows no model."""

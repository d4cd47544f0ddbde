"""How much synthetic rows give away of the real ones: distances and attacks; knows no model."""

"""Places on earth that are written as text: pairs of degrees, points of GIS files, degrees with minutes and seconds."""

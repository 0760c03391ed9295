"""Where things are: positions, distances, cells, areas and the index of pins. Pure: no I/O, no framework."""

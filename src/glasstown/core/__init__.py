"""Keyed randomness, columns, units and estimates: nothing here knows of surveillance."""

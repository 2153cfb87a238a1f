"""One life of a town, and comparisons of lives: replicates, and the same town with the cameras off."""

"""What leaves the program: the run folder, its tables, its figures, its page."""

"""What the system keeps: linking, keeping, forgetting. Blind to the truth."""

"""What the system makes of its records: ratings, lists, decisions. Blind to the truth."""

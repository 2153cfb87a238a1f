"""The town: people, streets, places, phones - and how they spend a day."""

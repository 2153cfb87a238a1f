"""What people bear: stops, sanctions, appeals, and how they change."""

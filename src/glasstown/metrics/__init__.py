"""What is counted: errors, exposure, disparities, harms, claimed benefit."""

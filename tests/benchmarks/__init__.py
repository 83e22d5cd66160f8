"""What the project claims to be quick at, measured: both sides in one run, medians."""

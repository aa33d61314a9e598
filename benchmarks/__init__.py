"""What is measured, beside peers, in one run."""

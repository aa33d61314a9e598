"""What all answers share: parameters, headers, the current version and its rows."""

"""Charts: their data, and the lines that the server draws."""

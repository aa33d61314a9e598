"""Collection of rates: snapshots, history, and parsing kept documents again."""

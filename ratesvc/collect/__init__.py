"""Ask the sources and brings in what they answer: snapshots, history, documents that are kept."""

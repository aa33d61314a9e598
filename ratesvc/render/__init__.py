"""Rows, sentences and tables as people read them, in seven languages."""

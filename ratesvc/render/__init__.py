"""Rows, sentences and tables for readers, in seven languages."""

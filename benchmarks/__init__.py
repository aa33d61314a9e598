"""Benchmarks, each compared with peers in the same run."""

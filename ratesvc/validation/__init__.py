"""Validation: accepts figures, holds them for confirmation or sets them aside. Pure, except `validate_fetch`."""

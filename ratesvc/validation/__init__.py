"""Decides which figures enter the store and which wait, and says why. Pure, `validate_fetch` apart."""

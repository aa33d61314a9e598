"""Notifications: what there is to tell, to whom, and what each address has been told."""

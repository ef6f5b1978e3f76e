"""Removes personal data before anything is written to disk: in texts, addresses, browser names, card numbers."""

"""What is cut before anything touches the disk: texts, addresses, browser names, card numbers."""

"""Who may send, and how much: the compiled configuration, rates, the disk, the callers of operators' routes."""

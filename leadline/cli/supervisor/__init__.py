"""What `leadline up` is: one supervisor of the four services on one machine, and nothing else.

Own code, because circus and supervisor bring servers and formats of their own; systemd and compose do it for real.
"""

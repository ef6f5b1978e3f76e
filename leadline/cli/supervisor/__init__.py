"""`leadline up`: one supervisor of the four services on one machine, and nothing else.

It is own code, because circus and supervisor bring their own servers and formats. In production use systemd or compose.
"""

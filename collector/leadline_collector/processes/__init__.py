"""One collector process or several on one socket: how they are started, served, logged and ended."""

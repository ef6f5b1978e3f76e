"""Importing this loads every kind of target, which takes a scheduler half a second once it has one. See warm.py."""

from leadline.notify.plugins import load_apprise

load_apprise()

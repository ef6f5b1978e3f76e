"""Counts accepted and dropped beacons, in each process and in all of them."""

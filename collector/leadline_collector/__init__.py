"""The collector: receives beacons and writes the beacon log. It works with everything else dead, and keeps only its
log.
"""

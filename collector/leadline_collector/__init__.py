"""The collector: beacons in, beacon log out. It accepts with everything else dead, and keeps no state but its log."""

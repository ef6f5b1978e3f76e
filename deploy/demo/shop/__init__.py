"""The demo's shop: one server, two versions of a small shop, and faults that are switched while it runs.

It stands for somebody else's site. It knows nothing of Leadline but what any site would: one script tag, one path
that is passed on to the collector, and the headers that name the version.
"""

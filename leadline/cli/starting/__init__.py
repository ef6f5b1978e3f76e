"""The first files for a newcomer: a configuration, a journey, and the tag for the page."""

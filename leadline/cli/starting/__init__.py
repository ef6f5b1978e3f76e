"""What a newcomer gets: a first configuration, a first journey, and the tag for the page."""

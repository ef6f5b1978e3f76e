"""People with the shop's app on their phones: no browser, but a real flag asked for and a real beacon sent by each."""

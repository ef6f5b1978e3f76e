"""What is done with a connection before there is a request: bounds, sweeps, and the short way for the usual beacon."""

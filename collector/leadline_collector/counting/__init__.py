"""What was accepted and dropped, by whom and when, in each process and in all of them."""

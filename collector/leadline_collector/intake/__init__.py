"""From the bytes of a request to the answer: bodies, other clients' formats, running the steps."""

"""From the bytes of a request to the answer: bodies, other clients' formats, the way through the steps."""

"""The library that users import: `from leadline import expect, journey, secret`; nothing heavy is loaded by it."""

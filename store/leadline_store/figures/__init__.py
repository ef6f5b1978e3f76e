"""The figures: each a function of the store and a scope that returns flat rows. answers.py says which question asks."""

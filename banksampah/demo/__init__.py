"""Three worked examples as data: a year of three banks, the same for the same seed.

The price lists under `prices/` are published ones, as found; their names tell bank and year.
"""

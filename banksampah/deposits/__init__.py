"""Setoran: weighing a household's goods in, and putting right what was weighed wrongly."""

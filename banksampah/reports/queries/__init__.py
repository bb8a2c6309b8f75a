"""Reads of the reports: the proof, the journal in columns, what waits, kilograms by month."""

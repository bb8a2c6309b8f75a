"""Pembagian hasil: funds, dated rules, and the proposal, review and undoing of each split."""

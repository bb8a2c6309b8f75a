"""Penjualan: what buyers took, weighed and paid, and what came of it for the funds."""

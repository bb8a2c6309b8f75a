"""Persediaan: what lies in the shed, in grams and rupiah. It has no tables; the ledger knows."""

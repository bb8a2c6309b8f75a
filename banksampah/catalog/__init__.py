"""Kinds of waste (jenis sampah), their dated prices, and the household's share of a price."""

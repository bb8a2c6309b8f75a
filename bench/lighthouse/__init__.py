"""Lighthouse over the pages that matter. Needs Node and `npm ci --prefix bench/lighthouse`."""

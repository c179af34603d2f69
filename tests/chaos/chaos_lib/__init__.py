"""Faults on real processes, and whether a row was lost or doubled by them."""

"""Compiled primitives of profile exact-1: integers only, the same bits on every machine (see docs/exact.md)."""

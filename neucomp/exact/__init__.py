"""Exact operations of networks: integers, the same bits on every machine, backend and thread count (docs/exact.md).

A network is written once, on `Ops`; NumPy, torch on the CPU and torch on a GPU give it the same integers.
"""

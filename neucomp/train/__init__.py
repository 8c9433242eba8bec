"""Training of networks on one's own files (docs/training.md). Needs torch, which nothing else in the package imports
unless a device asks for it."""

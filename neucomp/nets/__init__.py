"""Networks, one file per architecture: its configuration and its forward pass on exact operations."""

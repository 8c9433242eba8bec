"""One module per file of `neucomp/models`."""

"""What neucomp has learned before it sees a file: data that ships with the package, part of the file format."""

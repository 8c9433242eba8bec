"""What several test modules share, one property or one stand-in in each file."""

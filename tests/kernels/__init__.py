"""One module per compiled primitive: each is compared, bit for bit, with a plain twin written here."""

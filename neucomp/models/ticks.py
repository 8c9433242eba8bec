"""Progress that nobody asks for."""


def no_tick(symbols: int) -> None:
    """A `neucomp.models.Tick` that does nothing."""

"""Sizes of networks as JSON, in weights files and in checkpoints of training."""

import json
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, ClassVar, Self

if TYPE_CHECKING:
    from dataclasses import Field


class JsonConfig:
    """A dataclass of whole numbers and tuples of them, which checks its fields when it is made."""

    __dataclass_fields__: ClassVar[dict[str, "Field[Any]"]]

    @classmethod
    def from_json(cls, text: str) -> Self:
        """What `to_json` wrote; ValueError if it is anything else."""
        try:
            values: object = json.loads(text)
        except RecursionError:
            raise ValueError("the configuration is nested too deeply") from None
        names = [field.name for field in fields(cls)]
        if not isinstance(values, dict) or sorted(values) != sorted(names):
            raise ValueError(f"a configuration must have exactly these entries: {', '.join(names)}")
        return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})

    def to_json(self) -> str:
        """All fields, as JSON."""
        return json.dumps(asdict(self))


def require(name: str, value: object, low: int, high: int) -> None:
    """ValueError unless a field is a whole number in [low, high]."""
    if type(value) is not int or not low <= value <= high:
        raise ValueError(f"{name} must be a whole number in [{low}, {high}]")

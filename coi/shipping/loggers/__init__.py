"""Readers of the files that temperature loggers export: bytes in, a trace or a typed error out, nothing guessed."""

from coi.shipping.loggers.complaints import (
    Ambiguous,
    NoDialect,
    NotReadable,
    NotStated,
    TooLarge,
    WrongRow,
)
from coi.shipping.loggers.dialects import AUTO, DIALECTS, Dialect, dialect
from coi.shipping.loggers.reading import read

__all__ = [
    "AUTO",
    "DIALECTS",
    "Ambiguous",
    "Dialect",
    "NoDialect",
    "NotReadable",
    "NotStated",
    "TooLarge",
    "WrongRow",
    "dialect",
    "read",
]

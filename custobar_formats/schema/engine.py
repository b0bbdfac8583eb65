"""The JSON Schema packages: which places of a value break which keywords of a schema.

In: a schema document. Out: an engine that checks whether a value is valid, and finds where it is not, as pairs of a
path in the value and a location in the schema. Rule: both engines return the same pairs, and everything else about a
finding follows from them, elsewhere.
"""

from __future__ import annotations

from custobar_formats.schema.document import Document
from custobar_formats.schema.python_engine import PythonEngine
from custobar_formats.schema.rust_engine import RustEngine
from custobar_formats.schema.violations import Engine

__all__ = ["PythonEngine", "RustEngine", "make_engine"]


def make_engine(document: Document) -> Engine:
    """An engine: jsonschema-rs if it is installed, else jsonschema; jsonschema also for an intricate schema.

    Raises:
        SchemaError: the schema cannot be compiled.

    """
    try:
        import jsonschema_rs  # noqa: F401 - only checks that it is installed
    except ImportError:
        return PythonEngine(document)
    return PythonEngine(document) if document.is_intricate else RustEngine(document)

"""Convert between CSV and nested JSON as Custobar's data import reads them, and validate files before an upload.

All public names are here; the modules behind them may change. See README.md.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from custobar_formats.core.errors import (
        CustobarFormatsError,
        NotExpressible,
        RequestFailed,
        SchemaError,
        UnsupportedCharset,
        UsageError,
    )
    from custobar_formats.core.findings import Finding, Severity
    from custobar_formats.csvtext.delimiter import Delimiter
    from custobar_formats.mapping.load import load_mapping
    from custobar_formats.mapping.model import ColumnMapping
    from custobar_formats.pipeline.api_fix import Fixed, fix
    from custobar_formats.pipeline.api_read import from_csv, from_json, iter_csv, iter_json, validate
    from custobar_formats.pipeline.api_write import encode_csv, to_csv, to_json, write_csv, write_json
    from custobar_formats.pipeline.changes import Change
    from custobar_formats.pipeline.steps import Decoded, coerce, decode, flatten, infer_delimiter, unflatten
    from custobar_formats.report.contents import Counts, Histogram, SourceInfo
    from custobar_formats.report.report import InvalidData, Report
    from custobar_formats.report.written import Written, WrittenFile
    from custobar_formats.schema.bundled import entities, load_schema
    from custobar_formats.upload.answers import Answer, read_response
    from custobar_formats.upload.batch import UploadBatch
    from custobar_formats.upload.batches import batches
    from custobar_formats.upload.client import AsyncClient, Client
    from custobar_formats.upload.key_steps import AccessToken, Integration, Login
    from custobar_formats.upload.sandbox_server import Sandbox
    from custobar_formats.upload.uploads import Uploaded

__version__ = "0.1.0"

__all__ = [
    "AccessToken",
    "Answer",
    "AsyncClient",
    "Change",
    "Client",
    "ColumnMapping",
    "Counts",
    "CustobarFormatsError",
    "Decoded",
    "Delimiter",
    "Finding",
    "Fixed",
    "Histogram",
    "Integration",
    "InvalidData",
    "Login",
    "NotExpressible",
    "Report",
    "RequestFailed",
    "Sandbox",
    "SchemaError",
    "Severity",
    "SourceInfo",
    "UnsupportedCharset",
    "UploadBatch",
    "Uploaded",
    "UsageError",
    "Written",
    "WrittenFile",
    "__version__",
    "batches",
    "coerce",
    "decode",
    "encode_csv",
    "entities",
    "fix",
    "flatten",
    "from_csv",
    "from_json",
    "infer_delimiter",
    "iter_csv",
    "iter_json",
    "load_mapping",
    "load_schema",
    "read_response",
    "to_csv",
    "to_json",
    "unflatten",
    "validate",
    "write_csv",
    "write_json",
]

_HOMES = {
    "report.contents": ("Counts", "Histogram", "SourceInfo"),
    "csvtext.delimiter": ("Delimiter",),
    "pipeline.api_write": ("encode_csv", "to_csv", "to_json", "write_csv", "write_json"),
    "core.errors": (
        "CustobarFormatsError",
        "NotExpressible",
        "RequestFailed",
        "SchemaError",
        "UnsupportedCharset",
        "UsageError",
    ),
    "mapping.load": ("load_mapping",),
    "pipeline.api_fix": ("Fixed", "fix"),
    "pipeline.changes": ("Change",),
    "mapping.model": ("ColumnMapping",),
    "core.findings": ("Finding", "Severity"),
    "pipeline.api_read": ("from_csv", "from_json", "iter_csv", "iter_json", "validate"),
    "pipeline.steps": ("Decoded", "coerce", "decode", "flatten", "infer_delimiter", "unflatten"),
    "report.report": ("InvalidData", "Report"),
    "schema.bundled": ("entities", "load_schema"),
    "report.written": ("Written", "WrittenFile"),
    "upload.answers": ("Answer", "read_response"),
    "upload.batch": ("UploadBatch",),
    "upload.batches": ("batches",),
    "upload.client": ("AsyncClient", "Client"),
    "upload.key_steps": ("AccessToken", "Integration", "Login"),
    "upload.sandbox_server": ("Sandbox",),
    "upload.uploads": ("Uploaded",),
}
"""The module of each public name. It is imported on first use, so reading does not load the code for writing."""


def __getattr__(name: str) -> object:
    from importlib import import_module

    for home, names in _HOMES.items():
        if name in names:
            value: object = getattr(import_module(f"{__name__}.{home}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__

"""The options of a call, to be repeated in the commands that its messages name.

In: the call. Out: words as they would be typed. Rule: a command that is named reads the file as this call has read it.
"""

from __future__ import annotations

from collections.abc import Iterator

import click
from click.core import ParameterSource

from custobar_formats.core.shown import as_argument

READING = {
    *("entity", "schema", "fields", "resources", "settings", "no_settings"),
    *("delimiter", "encoding", "header", "sheet", "map_", "answers"),
}
"""The parameters that decide how a file is read, by the names that commands have for them."""

SENDING = {
    *("company", "url", "key_file", "rate", "timeout", "patience"),
    *("send", "blank", "max_bytes", "max_refused", "in_doubt", "strict", "ignore"),
}
"""The parameters of ``upload`` that decide what is sent, where and how; but for how many records a request has."""

OF_THE_PLACE = {"header", "sheet"}
"""The parameters that are about where rows stand in a file, and not about those of a file that was made of them."""


def uploading_options() -> str:
    """The options of this upload for a file of its own that has rows of this one; as for ``reading_options``."""
    context = click.get_current_context(silent=True)
    names = (READING | SENDING) - OF_THE_PLACE
    return "" if context is None else "".join(f"{as_argument(word)} " for word in _words(context, names))


def reading_options(command: str) -> str:
    """The options of this call that decide how its files are read, as another command takes them.

    They are as they were given, with a space behind them; blank if there are none, and outside of a call.
    """
    context = click.get_current_context(silent=True)
    if context is None:
        return ""
    group = context.find_root().command
    other = group.get_command(context, command) if isinstance(group, click.Group) else None
    names = READING & {parameter.name for parameter in other.params if parameter.name} if other else set()
    return "".join(f"{as_argument(word)} " for word in _words(context, names))


def _words(context: click.Context, names: set[str]) -> Iterator[str]:
    for parameter in context.command.params:
        name = parameter.name or ""
        if name not in names or context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        option, value = max(parameter.opts, key=len), context.params[name]
        if isinstance(parameter, click.Option) and parameter.is_flag:
            yield option
            continue
        for each in value if parameter.multiple else [value]:
            yield from (option, str(each))

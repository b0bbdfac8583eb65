"""Doubtful items of a list that the step ``split`` has made of a text.

In: the arguments of a field, and items. Out: a warning, or None. Rule: a mark of lists that the mapping itself names is
none that was left over; neither is the mark of the split, which stands in an item only if it was escaped or in quotes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from custobar_formats.core.findings import cut
from custobar_formats.core.limits import MAX_SHOWN_CHARS
from custobar_formats.core.shown import quoted
from custobar_formats.notation.lists import is_in_notation, list_marks
from custobar_formats.text.artefacts import TextWarning


def doubt_about_items(arguments: Mapping[str, Any]) -> Callable[[Sequence[str]], TextWarning | None] | None:
    """The function from the items of a list to what is doubtful in them; None for a field without a split.

    Example:
        >>> doubt = doubt_about_items({"split": ";"})
        >>> doubt(["vip", "news"])
        >>> doubt(["VIP, uutis"])[0]
        "the item 'VIP, uutis' still has ',', and ';' divides items"

    """
    split = arguments.get("split")
    if split is None:
        return None
    own = {split, *arguments.get("prefix", ""), *arguments.get("suffix", "")}
    if arguments.get("quoted"):
        own.add(split.strip())

    def doubt(items: Sequence[str]) -> TextWarning | None:
        if is_in_notation(split.join(items)):
            hint = f"write the items alone, with {split!r} between them"
            return "the list is in the notation of a program; it is read as it stands", hint
        for item in items:
            mark = next((mark for mark in list_marks(item) if mark not in own), None)
            if mark is not None and split not in item:
                message = (
                    f"the item {quoted(cut(item, MAX_SHOWN_CHARS))} still has {mark!r}, and {split!r} divides items"
                )
                return message, f"if {mark!r} divides items, too, write {split!r} in its place"
        return None

    return doubt

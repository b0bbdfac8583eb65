"""Which warnings about text may be due for the cells that a mapping gives.

In: what the reader of the file suspects, and cells before and after the steps. Out: the checks to make, of any of them.
Rule: what the steps uncover or put together is looked at; no warning depends on what else is in its block.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from custobar_formats.mapping.fit import FittedField
from custobar_formats.mapping.model import FieldMapping
from custobar_formats.text.artefacts import JOINED, SEPARATOR
from custobar_formats.text.checks import ARTEFACT, TextCheck

NEW_LETTERS = frozenset({"unescape", "case"})
"""The arguments of steps that write letters which are neither in the file nor in the mapping."""
NEW_TEXTS = frozenset({"strip", "values", "split", "levels", "prefix", "suffix"})
"""Those of steps whose texts have only letters that are: just their ends, and each as a whole, may be suspicious."""


class Suspects:
    """Finds the checks to make, block by block; ``checks``: those that the reader of the file has looked for."""

    def __init__(self, fields: Mapping[int, FittedField], checks: Sequence[TextCheck]) -> None:
        from_columns = {place: each for place, each in fields.items() if each.indices}
        letters = {place for place, each in from_columns.items() if NEW_LETTERS & each.plan.source.arguments.keys()}
        texts = {place for place, each in from_columns.items() if _writes_texts(each.plan.source)} - letters
        self._checks = checks
        about_texts = [check for check in checks if check.about_ends or check.code == ARTEFACT.code]
        about_letters = [check for check in checks if check not in about_texts]
        sources = [each.plan.source.arguments for each in fields.values()]
        parts = [_parts(each) for each in sources]
        self._own = _look([[each.get("constant", "") for each in sources]], checks) | _look(parts, about_letters)
        self._looks = [(places, due) for places, due in ((letters, checks), (texts, about_texts)) if places]

    def find(
        self, before: Sequence[TextCheck], new: Mapping[int, Sequence[str]], learned: Mapping[int, Sequence[str]]
    ) -> Sequence[TextCheck]:
        """The checks to make on a block, of whose cells the reader suspects ``before``.

        ``new``: by field, the values that its column does not have; ``learned``: those that later blocks may have, too.
        """
        self._own |= self._look_at(learned)
        found = {*before, *self._own, *self._look_at(new)}
        return [check for check in self._checks if check in found]

    def _look_at(self, values: Mapping[int, Sequence[str]]) -> set[TextCheck]:
        found: set[TextCheck] = set()
        for places, checks in self._looks:
            there = [values[place] for place in places if values.get(place)]
            if there:
                found |= _look(there, checks)
        return found


def _writes_texts(source: FieldMapping) -> bool:
    return source.how == "join" or not NEW_TEXTS.isdisjoint(source.arguments)


def _parts(arguments: Mapping[str, Any]) -> list[str]:
    """The texts of a mapping that become a part of values."""
    return [*arguments.get("values", {}).values(), *(arguments.get(name, "") for name in ("with", "prefix", "suffix"))]


def _look(columns: Iterable[Iterable[str]], checks: Sequence[TextCheck]) -> set[TextCheck]:
    """The checks that may find something in some columns."""
    joined = SEPARATOR.join(chain.from_iterable(columns))
    looks = {look: look(joined, JOINED) for look in {check.may_occur for check in checks}}
    return {check for check in checks if looks[check.may_occur]}

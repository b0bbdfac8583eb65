"""What names of columns are put together of: words of many languages that mean the same, from ``words.toml``.

In: the name of a column. Out: what its words mean, without their order. Rule: a name is known only if it is made of
known words from its first letter to its last.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from bisect import insort
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

FILLER = "filler"
"""The words that do not count."""

MAX_LETTERS = 80
"""A longer name is a sentence, and its words are not looked for."""

INNER_ENDINGS = ("s", "n", "e", "en", "et", "er", "es", "ns", "ens", "ets")
LAST_ENDINGS = ("n", "en", "et", "si")
"""What may follow a word of four letters; at the end of a name no plural, which may be a list or a count."""

_REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_CAMEL = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_DIGITS = re.compile(r"\d+")
_TOKEN = re.compile(r"[^\W\d_]+|\d+")


def plain(name: str) -> str:
    """A name without remarks in brackets and the marks of letters."""
    bare = _REMARK.sub("", name) or name
    return "".join(letter for letter in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(letter))


def normalised(name: str) -> str:
    """A name without what does not count: case, spaces, marks, remarks in brackets, and the dots of letters.

    Example:
        >>> normalised("E-Mail *"), normalised("Sähköposti (koti)"), normalised("firstName")
        ('email', 'sahkoposti', 'firstname')

    """
    return "".join(filter(str.isalnum, plain(name).casefold()))


def remarks(name: str) -> list[str]:
    """What stands in brackets in a name."""
    return [found[1:-1] for found in _REMARK.findall(name)]


class Words:
    """Words, and what they mean."""

    def __init__(self, meanings: dict[str, str]) -> None:
        self._meanings = dict(meanings)
        self._by_start: dict[str, list[str]] = {}
        for word in sorted(meanings, key=len, reverse=True):
            self._by_start.setdefault(word[:2], []).append(word)

    def learn(self, name: str) -> tuple[str, ...] | None:
        """What the words of a name mean; if it is not made of known ones, it is a word by itself from now on."""
        meant = self.meant_by(name)
        key = normalised(name)
        if meant is not None or key in self._meanings or not key:
            return meant
        self._meanings[key] = key
        insort(self._by_start.setdefault(key[:2], []), key, key=lambda word: -len(word))
        return (key,)

    def meant_by(self, name: str) -> tuple[str, ...] | None:
        """What the words of a name mean, each once, without fillers; None if it is not made of known words alone."""
        tokens = [token.casefold() for token in _TOKEN.findall(_CAMEL.sub(" ", plain(name.replace("#", " number "))))]
        key = "".join(tokens)
        if not key or len(key) > MAX_LETTERS:
            return None
        ends = {0}
        for token in tokens:
            ends.add(max(ends) + len(token))
        # The fewest words that lead to each place, with the number of their endings.
        best: dict[int, tuple[int, int, tuple[str, ...]]] = {0: (0, 0, ())}
        for at in range(len(key)):
            if at not in best:
                continue
            words, endings, found = best[at]
            for word, end, has_ending in self._words_at(key, at, ends):
                reached = (words + 1, endings + has_ending, (*found, self._meanings.get(word, word)))
                if end not in best or reached[:2] < best[end][:2]:
                    best[end] = reached
        if len(key) not in best:
            return None
        return tuple(meaning for meaning in dict.fromkeys(best[len(key)][2]) if meaning != FILLER) or None

    def _words_at(self, key: str, at: int, ends: set[int]) -> Iterator[tuple[str, int, bool]]:
        """The words that may stand at a place, where each ends, and whether it has an ending."""
        digits = _DIGITS.match(key, at)
        if digits is not None:
            yield digits[0], digits.end(), False
        for word in self._by_start.get(key[at : at + 2], ()):
            end = at + len(word)
            if not key.startswith(word, at) or not _may_stand(word, at in ends, end in ends, self._meanings[word]):
                continue
            yield word, end, False
            if len(word) >= 4:
                for ending in INNER_ENDINGS:
                    if key.startswith(ending, end) and end + len(ending) < len(key):
                        yield word, end + len(ending), True
                if key[end:] in LAST_ENDINGS:
                    yield word, len(key), True


def _may_stand(word: str, begins: bool, ends: bool, meaning: str) -> bool:
    """Whether a word may stand where another one does or does not end before it, and behind it."""
    if meaning == FILLER:
        return begins and ends
    return len(word) >= 4 or (len(word) == 3 and begins) or ends


@lru_cache(maxsize=1)
def word_meanings() -> dict[str, str]:
    """What each word of the table means."""
    table = tomllib.loads(files("custobar_formats.mapping").joinpath("words.toml").read_bytes().decode("utf-8"))
    return {normalised(word) or word: meaning for meaning, words in table.items() for word in words}

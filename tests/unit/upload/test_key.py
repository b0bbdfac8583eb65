"""A key is in no text."""

import copy
import logging
import pickle
import traceback

import pytest

from custobar_formats import UsageError
from custobar_formats.upload.key import Key

TEXT = "APICODEXU5SLHM3ZFHYCXW4FSLYPP"


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_line_ends_do_not_count(end: str) -> None:
    assert Key(TEXT + end).header() == f"Bearer {TEXT}"


@pytest.mark.parametrize("text", ["", "\n", "\r\n"])
def test_a_blank_key_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="the key is blank"):
        Key(text)


@pytest.mark.parametrize("odd", [" ", "\t", "\n", "\x00", "\x7f", "ä", "\u2028", "\udcff", "ı"])
@pytest.mark.parametrize("place", [0, 9, len(TEXT)])
def test_what_no_header_may_have_is_refused_and_not_echoed(odd: str, place: int) -> None:
    text = f"{TEXT[:place]}{odd}{TEXT[place:]}"
    if odd == "\n" and place != 9:
        return
    with pytest.raises(UsageError) as refused:
        Key(text)
    shown = "".join(traceback.format_exception(refused.value))
    assert TEXT[:9] not in shown
    assert TEXT[9:] not in shown


@pytest.mark.parametrize(
    ("text", "shown"), [(TEXT, "API***YPP"), ("A" * 16, "AAA***AAA"), ("A" * 15, "***"), ("x", "***")]
)
def test_a_key_is_shown_by_its_ends(text: str, shown: str) -> None:
    key = Key(text)
    assert [repr(key), str(key), f"{key}", f"{[key]}"] == [shown, shown, shown, f"[{shown}]"]


def test_a_key_is_in_no_log_and_in_no_pickle(caplog: pytest.LogCaptureFixture) -> None:
    key = Key(TEXT)
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("test").debug("sent with %s %r", key, key)
    assert TEXT not in caplog.text
    for store in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="not pickled"):
            store(key)
    with pytest.raises(TypeError):
        vars(key)


def test_texts_are_redacted() -> None:
    assert Key(TEXT).redacted(f"a {TEXT}{TEXT} b") == "a API***YPPAPI***YPP b"


@pytest.mark.parametrize(
    ("key", "text"), [("API0123456789API", "API0123456789API0123456789API"), ("x***y", "xx***yy"), ("aba", "ababa")]
)
def test_a_text_that_is_redacted_does_not_complete_another_key(key: str, text: str) -> None:
    assert key not in Key(key).redacted(text)

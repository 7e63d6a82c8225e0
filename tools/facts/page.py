"""The explanations for the page: names, texts and sources in both languages.  What values mean is told with each entry."""

import functools
import json

from . import book

# Kinds of book.book() that the page looks up, by the name it has for them.
_PARTS = {
    "tags": "tag",
    "fields": "field",
    "parts": "part",
    "mti": "mti",
    "codes": "code",
    "commands": "command",
    "apdu": "apdu",
    "status": "status",
}


@functools.cache
def as_json() -> str:
    """{"tags": {"9F6C Visa": [name en, name zh, text en, text zh, source], …}, "fields": …}"""
    facts = book.book()
    return json.dumps(
        {
            part: {key: [one.english, one.chinese, one.text, one.text_zh, one.source] for key, one in facts[kind].items()}
            for part, kind in _PARTS.items()
        },
        ensure_ascii=False,
    )

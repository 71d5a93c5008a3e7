"""Text inside a script element of a page that is sent around: nothing in it may end or change the element."""

from __future__ import annotations


def inline_json(text: str) -> str:
    """Return JSON that means the same and holds no ``<``.

    ``</script`` would end the element, and ``<!--<script`` would make the parser pass over its end.
    """
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")

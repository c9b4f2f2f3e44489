"""Footnotes, whose parts are named in the language of the text."""

from __future__ import annotations

from html import escape

from polybook.words import Words

_NOTES = '<section id="footnotes" class="footnotes footnotes-end-of-document" role="doc-endnotes"'
_BACK = ' class="footnote-back" role="doc-backlink"'


def name_footnotes(html: str, words: Words) -> str:
    """Return pandoc's HTML with names for its footnotes, and for the links from them to the text.

    A screen reader would call them by the name of their sign.
    """
    if _NOTES not in html:
        return html
    notes = (
        f'<section class="footnotes" role="doc-endnotes" aria-label="{escape(words("Footnotes"))}"'
    )
    back = f'{_BACK} aria-label="{escape(words("Back to the text"))}"'
    return html.replace(_NOTES, notes).replace(_BACK, back)

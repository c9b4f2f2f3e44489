"""Names that authors give to pages and classes, and that mean something elsewhere."""

from __future__ import annotations

import zipfile

from tests.conftest import MakeBook, RunPolybook

CONFIG = "[build]\ntabs = one\noutput_dir = build\n[html]\nraw_html = c#.md\n"

PAGE = """ # C sharp
:label:`sharp`

```{.output}
wind 1
```

```{.json .output n=1}
"wind 2"
```

<div class="output">

wind 3

</div>

::: tab-group
wind 4
:::

::: tab-panel
wind 5
:::

::: only
wind 6
:::

::: cell
wind 7
:::
"""


def test_every_format_shows_what_an_author_names_as_the_tool_does(
    polybook: RunPolybook, make_book: MakeBook
) -> None:
    home = "# Home\n\n```toc\nc#\n```\n\nSee [it](c%23.md) and :numref:`sharp`.\n"
    root = make_book({"config.ini": CONFIG, "index.md": home, "c#.md": PAGE})
    for format_ in ("html", "notebooks", "pdf", "epub"):
        result = polybook("build", format_, "--no-run", "-C", root)
        assert (result.returncode, result.stderr) == (0, "")
    words = {f"wind {number}" for number in range(1, 8)}
    page = (root / "build/html/c#.html").read_text()
    notebook = next(root.glob("build/notebooks/**/one/c#.ipynb")).read_text()
    with zipfile.ZipFile(next(root.glob("build/epub/*.epub"))) as epub:
        book = "".join(epub.read(name).decode() for name in epub.namelist() if "xhtml" in name)
    for text in (page, notebook, book):
        assert {word for word in words if word in text} == words
    assert '<h1 id="sharp">C sharp</h1>' in page
    article = (root / "build/html/index.html").read_text().partition("<article>")[2]
    assert article.count('href="c%23.html"') >= 3  # from the contents and the two links

"""Several books as one: a folder per language, each of them a whole book of its own age.

The three differ in their pages, their order, their tabs, their code, their library, their pictures,
their works cited. Turkish lists a page that French alone has written; Vietnamese has an older name
for a chapter.
"""

from __future__ import annotations

CONFIG = """
    [project]
    name = harbour
    [languages]
    tr = Türkçe
    vi = Tiếng Việt
    fr = Français
    [build]
    page_layout = {lang}/{page}.md
    output_dir = build
    [project-fr]
    author = Élodie
    """

FILES = {
    "config.ini": CONFIG,
    # ------------------------------------------------------------ Turkish, the newest
    "tr/config.ini": """
        [project]
        name = liman
        title = Liman
        author = Deniz
        release = 2.0
        lang = tr
        [build]
        notebooks = *.md */*.md
        exclusions = README.md */*_origin.md
        resources = data/
        tabs = sail, oar
        output_dir = _build
        [html]
        html_logo = img/logo.svg
        [pdf]
        bibfile = works.bib
        [library-sail]
        lib_file = crew/sail.py
        lib_name = math
        simple_alias = root -> sqrt
        """,
    "tr/README.md": "# Not a page\n",
    "tr/_build/old.md": "# Made by a build of this book alone\n",
    "tr/index.md": """
        # Liman

        ```toc
        :numbered:
        sea/index
        quay/index
        ```
        """,
    "tr/sea/index.md": "# Deniz\n:label:`sec_sea`\n\n```toc\ntides\nlights\n```\n",
    "tr/sea/tides.md": """
        # Gelgit
        :label:`sec_tides`

        ![Ay](../img/moon.svg)
        :label:`fig_moon`

        Bkz. :numref:`sec_quay`, :numref:`fig_moon` ve :cite:`deniz`. [Rıhtım](../quay/index.md)

        ## Ay

        ```{.python .input}
        import math
        from crew.sail import sailors
        print(sailors, d2l.root(4), open("../data/depth.txt").read())
        ```

        ```{.python .input}
        %%tab oar
        print("kürek")
        ```
        """,
    "tr/sea/tides_origin.md": "# Not a page\n",
    "tr/quay/index.md": "# Rıhtım\n:label:`sec_quay`\n\n```{.python .input}\n1 + 1\n```\n",
    "tr/works.bib": "@book{deniz, author = {Ay, Ece}, title = {Deniz}, year = 2001}\n",
    "tr/img/moon.svg": "<svg id='tr'/>",
    "tr/img/logo.svg": "<svg id='logo'/>",
    "tr/data/depth.txt": "7 kulaç",
    "tr/crew/__init__.py": "",
    "tr/crew/sail.py": "sailors = 3\n",
    # ------------------------------------------------------------ Vietnamese, the oldest
    "vi/config.ini": """
        [project]
        title = Bến cảng
        lang = vi
        [build]
        tabs = oar, sail, net
        resources = data/
        [pdf]
        bibfile = old.bib
        """,
    "vi/index.md": "# Bến cảng\n\n```toc\n:numbered:\ndock/index\nsea/tides\n```\n",
    "vi/dock/index.md": "# Bến\n:label:`sec_dock`\n\n```{.python .input}\n1 + 1\n```\n",
    "vi/sea/tides.md": """
        # Thủy triều
        :label:`sec_tides`

        ![Trăng](../img/moon.svg)

        Xem :numref:`sec_dock` và :cite:`bien`. [Bến](../dock/index.md), [quay](../quay/index.md).

        ## Trăng

        ```{.python .input}
        from crew import oar
        print(oar.rowers, open("../data/depth.txt").read())
        ```

        ```{.python .input}
        %%tab net
        print("lưới")
        ```
        """,
    "vi/old.bib": "@book{bien, author = {Lan}, title = {Bien}, year = 1999}\n",
    "vi/img/moon.svg": "<svg id='vi'/>",
    "vi/data/depth.txt": "9 sải",
    "vi/crew/__init__.py": "",
    "vi/crew/oar.py": "rowers = 8\n",
    # ------------------------------------------------------------ French, without a config.ini
    "fr/index.md": "# Port\n\n```toc\nsea/index\nsea/lights\n```\n",
    "fr/sea/index.md": "# Mer\n",
    "fr/sea/lights.md": "# Phares\n:label:`sec_lights`\n\nVoir :numref:`sec_lights`.\n",
}

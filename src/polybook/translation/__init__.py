"""Translation: what must agree between the languages of a book, and what has drifted."""

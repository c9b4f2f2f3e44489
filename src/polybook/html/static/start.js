// Sends the reader to the language that they chose before, else to the first of their browser's
// that the book has; else the list stays.
"use strict";

{
  const links = [...document.querySelectorAll("a[hreflang]")];
  const base = (code) => code.toLowerCase().split("-")[0];
  let chosen = null;
  try {
    chosen = localStorage.getItem("polybook-language");
  } catch {
    // Storage may be forbidden; the browser's languages are known all the same.
  }
  for (const wanted of [chosen, ...(navigator.languages ?? [])].filter(Boolean)) {
    const link =
      links.find(({ hreflang }) => hreflang.toLowerCase() === wanted.toLowerCase()) ??
      links.find(({ hreflang }) => base(hreflang) === base(wanted));
    if (link) {
      location.replace(link.href);
      break;
    }
  }
}

// Sends the reader to the first of their languages that the book has; else the list stays.
const links = [...document.querySelectorAll("a[hreflang]")];
const base = (code) => code.toLowerCase().split("-")[0];
for (const wanted of navigator.languages ?? []) {
  const link =
    links.find(({ hreflang }) => hreflang.toLowerCase() === wanted.toLowerCase()) ??
    links.find(({ hreflang }) => base(hreflang) === base(wanted));
  if (link) {
    location.replace(link.href);
    break;
  }
}

// The language is remembered for the start page, and switching it keeps to the place in the section. The search
// dialog is opened by its button and by keys; what it does is loaded when it is first opened.
"use strict";

{
  const PLACE = "polybook-place";
  const headings = [...document.querySelectorAll("article :is(h1, h2, h3, h4, h5, h6)[id]")];

  // Where the section of a heading begins and ends in the window.
  function span(at) {
    const next = headings[at + 1]?.getBoundingClientRect().top;
    const end = next ?? document.querySelector("article").getBoundingClientRect().bottom;
    return [headings[at].getBoundingClientRect().top, end];
  }

  // The section that is being read, and how much of it lies above a line of the window. At the end
  // of a page, what is being read may be anywhere in the window.
  function place() {
    const atEnd = scrollY > 0 && scrollY + innerHeight >= document.body.scrollHeight - 2;
    const line = atEnd ? 1 : 1 / 3;
    const at = headings.findLastIndex((_, at) => span(at)[0] < innerHeight * line);
    if (at < 0 || !scrollY) return null;
    const [start, end] = span(at);
    return { id: headings[at].id, line, part: (innerHeight * line - start) / (end - start), at };
  }

  for (const link of document.querySelectorAll(".languages a")) {
    link.addEventListener("click", (event) => {
      const there = link.rel === "alternate" ? place() : null; // others lead to the start page
      link.hash = there?.at ? there.id : "";
      try {
        localStorage.setItem("polybook-language", link.hreflang);
        if (there && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
          sessionStorage.setItem(PLACE, JSON.stringify({ ...there, path: link.pathname }));
        }
      } catch {
        // Storage may be forbidden: the address says what it can.
        const { tab } = document.documentElement.dataset;
        if (tab) link.search = new URLSearchParams({ framework: tab });
      }
    });
  }

  function arrive({ id, line, part }) {
    const at = headings.findIndex((each) => each.id === id);
    if (at < 0) return;
    const [start, end] = span(at);
    scrollBy({ top: start + part * (end - start) - innerHeight * line, behavior: "instant" });
  }

  try {
    const kept = JSON.parse(sessionStorage.getItem(PLACE));
    sessionStorage.removeItem(PLACE); // it is for this page alone
    if (kept?.path === location.pathname) {
      arrive(kept);
      // Until all is loaded the browser may still go to the heading; the reader goes where they like.
      const stay = new AbortController();
      const { signal } = stay;
      addEventListener("load", () => arrive(kept), { signal });
      for (const each of ["wheel", "touchmove", "keydown"]) {
        addEventListener(each, () => stay.abort(), { signal, passive: true });
      }
    }
  } catch {
    // Storage may be forbidden.
  }

  // A menu closes as every other does: by Escape, and by a click elsewhere.
  const menu = () => document.querySelector(".menu[open], .menu [open]");
  addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || !menu()) return;
    const summary = menu().querySelector("summary");
    menu().open = false;
    summary.focus();
  });
  addEventListener("click", ({ target }) => {
    if (menu() && !menu().contains(target)) menu().open = false;
  });

  // Where the style sheet cannot show the contents beside the text, they are opened there.
  if (matchMedia("(min-width: 52rem)").matches && !CSS.supports("selector(::details-content)")) {
    for (const each of document.querySelectorAll(".contents details")) each.open = true;
  }

  // In a long list of contents, the reader sees where they are.
  const contents = document.querySelector(".contents");
  const here = contents?.querySelector('[aria-current="page"]');
  if (here) contents.scrollTop = here.offsetTop - contents.clientHeight / 3;

  // What scrolls by itself can be scrolled by keys; not every browser sees to it, and what does not
  // scroll is no stop.
  const scrolling = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const wide = target.scrollWidth > target.clientWidth;
      const tall = target.matches(".output") && target.scrollHeight > target.clientHeight;
      if (wide || tall) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  const wide = document.querySelectorAll(".table, .display, .long, pre, .output");
  for (const each of wide) scrolling.observe(each);

  const dialog = document.querySelector(".search");
  let styled;

  function loaded(style) {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = style;
    document.head.append(link);
    return new Promise((done) => {
      link.addEventListener("load", done);
      link.addEventListener("error", () => {
        link.remove();
        styled = undefined; // it is asked for again when the dialog is opened again
        done();
      });
    });
  }

  async function search() {
    styled ??= loaded(dialog.dataset.style);
    await styled;
    if (dialog.open) return;
    dialog.showModal();
    if (dialog.querySelector("script")) {
      dialog.querySelector("input").select();
      return;
    }
    const script = document.createElement("script");
    script.src = dialog.dataset.script;
    script.addEventListener("error", () => {
      script.remove();
      dialog.querySelector(".search-status").textContent = dialog.dataset.failed;
    });
    dialog.append(script);
  }

  document.querySelector(".search-open").addEventListener("click", search);
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog || target.closest(".search-close")) dialog.close();
  });
  // The browser would empty the field first.
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    dialog.close();
  });
  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    const slash = event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
    const control = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
    if (!slash && !control) return;
    event.preventDefault();
    search();
  });
}

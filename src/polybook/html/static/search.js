// What the search dialog does once it is open: asks the worker, shows what it finds. `page.js` opens
// the dialog and loads this.
"use strict";

{
  const dialog = document.querySelector(".search");
  const field = dialog.querySelector("input");
  const status = dialog.querySelector(".search-status");
  const list = dialog.querySelector(".search-results");
  const more = dialog.querySelector(".search-more");
  const said = dialog.dataset;
  const index = new URL(said.index, location);
  const site = new URL("../../", index);
  const STEP = 10;
  const KEY = "polybook-search";

  let worker = null;
  let asked = 0;
  let wanted = STEP;
  let tried = false;
  let waiting = 0;
  let focused = null;

  function say(text, results = [], rest = 0) {
    status.textContent = text;
    list.replaceChildren(...results);
    list.setAttribute("aria-busy", "false");
    more.hidden = rest === 0;
  }

  // ---------------------------------------------------------------- asking

  function start() {
    worker = new Worker(new URL(said.worker, location));
    worker.addEventListener("message", ({ data }) => {
      if (data.id !== asked) return;
      clearTimeout(waiting);
      if (data.failed) fail();
      else show(data);
    });
    worker.addEventListener("error", fail);
    worker.postMessage({ id: 0, index: index.href, query: "" }); // so that Pagefind is there soon
  }

  // After a new build of the site, a new worker finds its way again.
  function fail() {
    worker?.terminate();
    worker = null;
    clearTimeout(waiting);
    if (tried) {
      tried = false;
      say(said.failed);
    } else {
      tried = true;
      ask();
    }
  }

  function ask() {
    const query = field.value.trim();
    asked += 1;
    clearTimeout(waiting);
    if (!query) {
      say("");
      return;
    }
    if (!worker) start();
    waiting = setTimeout(() => {
      status.textContent = said.loading;
    }, 200);
    const { lang: language, dataset } = document.documentElement;
    worker.postMessage({ id: asked, index: index.href, query, language, wanted, tab: dataset.tab });
  }

  // ---------------------------------------------------------------- showing

  function element(name, className, ...children) {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...children);
    return made;
  }

  const text = (parts) => parts.map(({ text, mark }) => (mark ? element("mark", "", text) : text));

  function link(result, title, className) {
    const made = element("a", className, element("span", "search-title", ...title));
    made.href = new URL(result.address, site);
    if (result.tab) {
      made.search = new URLSearchParams({ framework: result.tab.name });
      made.append(" ", element("span", "search-tab", result.tab.title));
    }
    if (result.language !== document.documentElement.lang) made.lang = result.language;
    if (result.excerpt) made.append(element("span", "search-excerpt", ...text(result.excerpt)));
    return made;
  }

  // Sections stand below their page, where the best of them is.
  function show({ results, rest }) {
    tried = false;
    const pages = new Map();
    for (const result of results) {
      const address = result.address.split("#")[0];
      if (!pages.has(address)) pages.set(address, []);
      pages.get(address).push(result);
    }
    const count = results.length + rest;
    const message = count ? said.found.replace("{count}", count) : said.nothing;
    const items = [...pages].map(([address, found]) => page(address, found));
    say(message.replace("{query}", () => field.value.trim()), items, rest);
    if (focused !== null) list.querySelectorAll("a")[focused]?.focus();
    focused = null;
  }

  function page(address, found) {
    const titled = (each) => each.title.map(({ text }) => text).join("") === each.page;
    const top = found.find(titled);
    const head = top
      ? link(top, text(top.title), "search-page")
      : link({ address, language: found[0].language }, [found[0].page], "search-page");
    const sections = found.filter((each) => each !== top);
    const items = sections.map((each) => element("li", "", link(each, text(each.title))));
    return element("li", "", head, ...(items.length ? [element("ol", "", ...items)] : []));
  }

  // ---------------------------------------------------------------- keys

  function onKey(event) {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const stops = [field, ...list.querySelectorAll("a"), ...(more.hidden ? [] : [more])];
    const at = stops.indexOf(document.activeElement);
    let target = null;
    if (event.key === "ArrowDown") target = stops[Math.min(at + 1, stops.length - 1)];
    else if (event.key === "ArrowUp") target = stops[Math.max(at - 1, 0)];
    else if (event.key === "Enter" && at === 0 && list.ariaBusy !== "true") stops[1]?.click();
    else if (at > 0 && event.key === "Home") target = stops[1];
    else if (at > 0 && event.key === "End") target = stops.at(-1);
    else if (at > 0 && (event.key === "Backspace" || /^\S$/u.test(event.key))) {
      field.focus();
      field.setSelectionRange(field.value.length, field.value.length);
    }
    if (!target) return;
    event.preventDefault();
    target.focus();
  }

  let typing = 0;
  field.addEventListener("input", () => {
    wanted = STEP;
    list.setAttribute("aria-busy", "true");
    clearTimeout(typing);
    typing = setTimeout(ask, worker ? 80 : 0);
    try {
      sessionStorage.setItem(KEY, field.value);
    } catch {
      // Storage may be forbidden; the next page then begins with an empty field.
    }
  });
  more.addEventListener("click", () => {
    focused = list.querySelectorAll("a").length;
    wanted += STEP;
    ask();
  });
  dialog.addEventListener("keydown", onKey);
  list.addEventListener("click", (event) => {
    if (event.target.closest("a") && !event.ctrlKey && !event.metaKey) dialog.close();
  });

  // ---------------------------------------------------------------- beginning

  if (location.protocol === "file:") {
    field.disabled = true;
    say(said.file);
  } else {
    start();
    // What was typed while this was loaded stays; an earlier query waits to be typed over.
    if (!field.value) {
      try {
        field.value = sessionStorage.getItem(KEY) ?? "";
      } catch {
        // Storage may be forbidden.
      }
      field.select();
    }
    ask();
  }
}

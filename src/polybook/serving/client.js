// Added to pages by `polybook serve` alone: loads the page again when a build has changed it, and
// shows what is to be mended. Both in a shadow root, so that neither style touches the other.
"use strict";

{
  const STYLE = `
    details { position: fixed; inset-block-end: 1rem; inset-inline-end: 1rem; z-index: 99;
      max-inline-size: min(46rem, 100vw - 2rem); max-block-size: 60vh; overflow: auto;
      font: 0.85rem/1.5 system-ui, sans-serif; color: #1c1c1c; background: #fff8e6;
      border: 1px solid #b58900; border-radius: 0.4rem; box-shadow: 0 0.3rem 1.2rem rgb(0 0 0 / 25%); }
    details.error { background: #fff1f0; border-color: #b3261e; }
    summary { cursor: pointer; padding: 0.5rem 0.9rem; font-weight: 600; }
    ul { margin: 0; padding: 0 0.9rem 0.7rem; list-style: none; }
    li { margin-block-start: 0.5rem; overflow-wrap: anywhere; }
    code, pre { display: block; margin: 0; white-space: pre-wrap;
      font: 0.8rem ui-monospace, monospace; color: #5a5a5a; }`;

  const { build } = document.currentScript.dataset;
  const path = decodeURIComponent(location.pathname).slice(1).replace(/(^|\/)$/, "$1index.html");
  const host = document.createElement("div");
  const shadow = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  shadow.adoptedStyleSheets = [sheet];
  document.body.append(host);

  function element(name, text = "") {
    const made = document.createElement(name);
    made.textContent = text;
    return made;
  }

  function item({ severity, place, message, hint }) {
    const made = element("li");
    made.append(element("code", place), `${severity}: ${message}`, element("pre", hint));
    return made;
  }

  function show(findings) {
    shadow.replaceChildren();
    if (!findings.length) return;
    const errors = findings.filter(({ severity }) => severity === "error");
    const others = findings.filter(({ severity }) => severity !== "error");
    const details = element("details");
    details.open = errors.length > 0;
    details.classList.toggle("error", errors.length > 0);
    const list = element("ul");
    list.append(...[...errors, ...others].map(item));
    const count = ({ length }, name) => `${length} ${name}${length === 1 ? "" : "s"}`;
    const counted = `${count(errors, "error")}, ${count(others, "warning")}`;
    details.append(element("summary", counted), list);
    shadow.append(details);
  }

  const query = new URLSearchParams({ path, build });
  new EventSource(`/_polybook/events?${query}`).addEventListener("message", ({ data }) => {
    const { stale, findings } = JSON.parse(data);
    // The browser itself puts a page that is loaded again where it was scrolled to.
    if (stale) location.reload();
    else show(findings);
  });
}

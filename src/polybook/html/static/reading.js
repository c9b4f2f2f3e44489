// Helps while reading: light or dark colours, the heading that is being read, code to copy.
"use strict";

{
  const root = document.documentElement;
  const { copy, copied, failed } = document.currentScript.dataset;
  const said = document.getElementById("_said");

  // ---- colours: a choice that is the system's own again is forgotten, and follows the system.

  const system = matchMedia("(prefers-color-scheme: dark)");
  const button = document.querySelector(".colours");
  const dark = () => (root.dataset.colours ?? (system.matches ? "dark" : "light")) === "dark";
  const showColours = () => button.setAttribute("aria-pressed", String(dark()));

  button.addEventListener("click", () => {
    const wanted = dark() ? "light" : "dark";
    const own = (wanted === "dark") !== system.matches;
    if (own) root.dataset.colours = wanted;
    else delete root.dataset.colours;
    try {
      if (own) localStorage.setItem("polybook-colours", wanted);
      else localStorage.removeItem("polybook-colours");
    } catch {
      // Storage may be forbidden; the choice then lasts for the page.
    }
    showColours();
  });
  system.addEventListener("change", showColours);
  showColours();

  // ---- the heading that is being read: the last one in the upper third of the window or above;
  // at the end of the page, in the window.

  const links = new Map();
  for (const link of document.querySelectorAll(":is(.on-page, .headings) a")) {
    const heading = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (heading) links.set(heading, [...(links.get(heading) ?? []), link]);
  }
  let current;

  function mark() {
    let reading;
    const atEnd = scrollY > 0 && scrollY + innerHeight >= document.body.scrollHeight - 2;
    const limit = atEnd ? innerHeight : innerHeight / 3;
    for (const heading of links.keys()) {
      if (heading.getBoundingClientRect().top > limit) break;
      reading = heading;
    }
    if (reading === current) return;
    for (const link of links.get(current) ?? []) link.removeAttribute("aria-current");
    for (const link of links.get(reading) ?? []) {
      link.setAttribute("aria-current", "true");
      // Where it stands above the text, the reader would be taken there.
      const { position } = getComputedStyle(link.closest(".contents, .beside"));
      if (position === "sticky") link.scrollIntoView({ block: "nearest" });
    }
    current = reading;
  }

  if (links.size) {
    let waiting = false;
    const later = () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        mark();
      });
    };
    addEventListener("scroll", later, { passive: true });
    addEventListener("resize", later, { passive: true });
    mark();
  }

  // ---- code to copy: the code alone, without outputs, and of a session what was typed.

  const PROMPT = /^(?:>>>|\.\.\.|\$)(?: |$)/;

  function typed(code) {
    if (!/^(?:>>>|\$) /.test(code)) return code;
    const lines = code.split("\n").filter((line) => PROMPT.test(line));
    return lines.map((line) => line.replace(PROMPT, "")).join("\n");
  }

  async function onCopy({ currentTarget }) {
    const code = currentTarget.parentElement.querySelector("pre").textContent;
    let words = copied;
    try {
      await navigator.clipboard.writeText(typed(code.replace(/\n$/, "")));
    } catch {
      words = failed;
    }
    said.textContent = words;
    currentTarget.textContent = words;
    currentTarget.dataset.done = "";
    setTimeout(() => {
      currentTarget.textContent = copy;
      delete currentTarget.dataset.done;
      said.textContent = "";
    }, 2000);
  }

  for (const code of document.querySelectorAll("article pre:not(.output, .output *)")) {
    const frame = document.createElement("div");
    frame.className = "code-frame";
    const made = document.createElement("button");
    made.type = "button";
    made.className = "copy";
    made.textContent = copy;
    made.addEventListener("click", onCopy);
    code.replaceWith(frame);
    frame.append(code, made);
  }
}

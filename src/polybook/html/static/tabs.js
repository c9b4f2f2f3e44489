// Framework tabs: one choice for every group of the page and, stored, for every page after it.

const root = document.documentElement;
const groups = [...document.querySelectorAll(".tab-group")];
const tabsOf = (group) => [...group.querySelectorAll(':scope > [role="tablist"] > [role="tab"]')];

function show() {
  for (const group of groups) {
    const tabs = tabsOf(group);
    const selected = tabs.find((tab) => tab.dataset.tab === root.dataset.tab);
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", String(tab === selected));
      tab.tabIndex = tab === (selected ?? tabs[0]) ? 0 : -1;
    }
  }
}

// What the reader has under their eyes stays there, however tall the panels above it become.
function choose(tab) {
  const before = tab.getBoundingClientRect().top;
  root.dataset.tab = tab.dataset.tab;
  try {
    localStorage.setItem("framework", tab.dataset.tab);
  } catch {
    // Storage may be forbidden; the choice then lasts for the page.
  }
  show();
  scrollBy({ top: tab.getBoundingClientRect().top - before, behavior: "instant" });
}

const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

function onKey(event) {
  const tabs = tabsOf(event.currentTarget.closest(".tab-group"));
  const rtl = getComputedStyle(event.currentTarget).direction === "rtl";
  const horizontal = event.key === "ArrowLeft" || event.key === "ArrowRight";
  let target;
  if (event.key === "Home") target = tabs[0];
  else if (event.key === "End") target = tabs.at(-1);
  else if (event.key in STEPS) {
    const step = STEPS[event.key] * (rtl && horizontal ? -1 : 1);
    target = tabs[(tabs.indexOf(event.currentTarget) + step + tabs.length) % tabs.length];
  }
  if (!target) return;
  event.preventDefault();
  choose(target);
  target.focus({ preventScroll: true });
}

for (const tab of groups.flatMap(tabsOf)) {
  tab.addEventListener("click", () => choose(tab));
  tab.addEventListener("keydown", onKey);
}

// Another window of the book may change the choice.
addEventListener("storage", ({ key, newValue }) => {
  if (key === "framework" && groups.flatMap(tabsOf).some((tab) => tab.dataset.tab === newValue)) {
    root.dataset.tab = newValue;
    show();
  }
});

show();

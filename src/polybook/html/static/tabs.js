// Framework tabs: one choice for every group of the page and, stored, for every page after it.
"use strict";

{
  const root = document.documentElement;
  const groups = [...document.querySelectorAll(".tab-group")];
  const tabsOf = (group) => [...group.querySelectorAll(':scope > [role="tablist"] > [role="tab"]')];

  function show(choice = root.dataset.tab) {
    root.dataset.tab = choice;
    for (const group of groups) {
      const tabs = tabsOf(group);
      const selected = tabs.find((tab) => tab.dataset.tab === choice);
      for (const tab of tabs) {
        tab.setAttribute("aria-selected", String(tab === selected));
        tab.tabIndex = tab === (selected ?? tabs[0]) ? 0 : -1;
      }
      // The style sheet has chosen already, for whom it reaches: not for a browser's reader mode.
      for (const each of group.querySelectorAll(":scope > [data-tab]")) each.hidden = each.dataset.tab !== choice;
    }
  }

  // What the reader has under their eyes stays there, however tall the panels above it become.
  function choose(tab) {
    const before = tab.getBoundingClientRect().top;
    try {
      localStorage.setItem("polybook-framework", tab.dataset.tab);
    } catch {
      // Storage may be forbidden; the choice then lasts for the page.
    }
    const address = new URL(location);
    if (address.searchParams.has("framework")) {
      address.searchParams.set("framework", tab.dataset.tab);
      history.replaceState(history.state, "", address);
    }
    show(tab.dataset.tab);
    scrollBy({ top: tab.getBoundingClientRect().top - before, behavior: "instant" });
  }

  const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

  function onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
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
    target.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  // Another window may have changed the choice, or this one, while the page waited in its history.
  function follow(choice) {
    if (groups.flatMap(tabsOf).some((tab) => tab.dataset.tab === choice)) show(choice);
  }

  // A link may lead into a panel that is not shown: then to its like in the one that is, if any.
  function reveal() {
    const id = decodeURIComponent(location.hash.slice(1));
    const target = id && document.getElementById(id);
    if (!target || target.getClientRects().length) return;
    const group = target.closest(".tab-group");
    const like = `.tab-panel[data-tab="${CSS.escape(root.dataset.tab)}"] [data-anchor="${CSS.escape(id)}"]`;
    (group?.querySelector(like) ?? group)?.scrollIntoView();
  }

  // Each tab and its panel name one another; no anchor of the page begins with an underscore.
  for (const [number, group] of groups.entries()) {
    for (const tab of tabsOf(group)) {
      const panel = group.querySelector(`:scope > .tab-panel[data-tab="${CSS.escape(tab.dataset.tab)}"]`);
      panel.id = `_t${number}-${tab.dataset.tab}`;
      tab.id = `${panel.id}-tab`;
      tab.setAttribute("aria-controls", panel.id);
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", tab.id);
    }
  }

  for (const tab of groups.flatMap(tabsOf)) {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", onKey);
  }
  addEventListener("storage", ({ key, newValue }) => {
    if (key === "polybook-framework") follow(newValue);
  });
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    try {
      follow(localStorage.getItem("polybook-framework"));
    } catch {
      // Storage may be forbidden.
    }
  });
  addEventListener("hashchange", reveal);

  show();
  reveal();
}

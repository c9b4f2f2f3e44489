// Chooses the framework before the page is painted: the address's, else the reader's last, else
// the book's first. The same for light or dark colours; and what is of no use without scripts is
// shown. Without this script every framework's panel shows, under its name.
(() => {
  document.documentElement.dataset.scripts = "";
  const tabs = document.currentScript.dataset.tabs.split(" ").filter(Boolean);
  const asked = new URLSearchParams(location.search).get("framework");
  let stored = null;
  try {
    // Who follows a link to a framework goes on with it.
    if (tabs.includes(asked)) localStorage.setItem("polybook-framework", asked);
    stored = localStorage.getItem("polybook-framework");
    const colours = localStorage.getItem("polybook-colours");
    if (colours) document.documentElement.dataset.colours = colours;
  } catch {
    // Storage may be forbidden; the choice then lasts for the page.
  }
  const chosen = [asked, stored, tabs[0]].find((tab) => tabs.includes(tab));
  if (chosen) document.documentElement.dataset.tab = chosen;
})();

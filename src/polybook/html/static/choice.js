// Chooses the framework before the page is painted: the address's, else the reader's last, else
// the book's first. Without this script every framework's panel shows, under its name.
(() => {
  const tabs = document.currentScript.dataset.tabs.split(" ").filter(Boolean);
  const asked = new URLSearchParams(location.search).get("framework");
  let stored = null;
  try {
    // Who follows a link to a framework goes on with it.
    if (tabs.includes(asked)) localStorage.setItem("polybook-framework", asked);
    stored = localStorage.getItem("polybook-framework");
  } catch {
    // Storage may be forbidden; the choice then lasts for the page.
  }
  const chosen = [asked, stored, tabs[0]].find((tab) => tabs.includes(tab));
  if (chosen) document.documentElement.dataset.tab = chosen;
})();

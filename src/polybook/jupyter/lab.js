// Has JupyterLab open the book's pages as notebooks, which it would open as text by their names.
//
// A prebuilt extension of JupyterLab, written by hand: it needs no module but the application that
// it is given, and so no build. `polybookPages` and `polybookOthers` are what
// `polybook.jupyter.launch` tells of the book.
"use strict";

(() => {
  function patterns(name) {
    const config = JSON.parse(document.getElementById("jupyter-config-data").textContent);
    return (config[name] ?? []).map((each) => new RegExp(`^(?:${each})$`));
  }

  const plugin = {
    id: "polybook:pages",
    autoStart: true,
    activate({ docRegistry }) {
      const pages = patterns("polybookPages");
      const others = patterns("polybookOthers");
      const isPage = (path) =>
        pages.some((each) => each.test(path)) && !others.some((each) => each.test(path));

      // JupyterLab knows types by the names of files, and pages are known by their whole path.
      const byName = docRegistry.preferredWidgetFactories.bind(docRegistry);
      docRegistry.preferredWidgetFactories = (path) => {
        const factories = byName(path);
        return isPage(path) ? [docRegistry.getWidgetFactory("Notebook"), ...factories] : factories;
      };
    },
  };

  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB.polybook = {
    init() {},
    get: async () => () => ({ __esModule: true, default: plugin }),
  };
})();

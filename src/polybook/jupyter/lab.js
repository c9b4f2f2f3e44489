// Has JupyterLab open the book's pages as notebooks, which it would open as text by their names, and
// run what is run before there is a kernel, which it would forget.
//
// A prebuilt extension of JupyterLab, written by hand: it needs no modules but JupyterLab's own, which
// it is given, and so no build. `polybookPages` and `polybookOthers` are what
// `polybook.jupyter.launch` tells of the book.
"use strict";

(() => {
  function patterns(name) {
    const config = JSON.parse(document.getElementById("jupyter-config-data").textContent);
    return (config[name] ?? []).map((each) => new RegExp(`^(?:${each})$`));
  }

  const pages = {
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

  // Stands in for JupyterLab's own, `@jupyterlab/notebook-extension:cell-executor`.
  const executor = ({ INotebookCellExecutor, runCell }) => ({
    id: "polybook:executor",
    autoStart: true,
    provides: INotebookCellExecutor,
    activate: () => ({
      async runCell(options) {
        const { cell, notebook, sessionContext: session } = options;
        if (cell.model.type === "code" && session && !session.isReady) {
          cell.model.executionState = "running"; // what shows as [*]
          const kernels = session.specsManager;
          await kernels.ready;
          // Where there is none of the name, JupyterLab starts nothing: it asks for one.
          if (kernels.specs?.kernelspecs[notebook.defaultKernelName]) await session.ready;
        }
        return runCell(options);
      },
    }),
  });

  let shared;
  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB.polybook = {
    init(modules) {
      shared = modules;
    },
    async get() {
      const [notebook] = Object.values(shared["@jupyterlab/notebook"]);
      const module = (await notebook.get())();
      return () => ({ __esModule: true, default: [pages, executor(module)] });
    },
  };
})();

// The language is remembered for the start page, and switching it keeps to the section.
"use strict";

{
  for (const link of document.querySelectorAll(".languages a")) {
    link.addEventListener("click", () => {
      try {
        localStorage.setItem("polybook-language", link.hreflang);
      } catch {
        // Storage may be forbidden; the start page then goes by the browser's languages.
      }
      const headings = [...document.querySelectorAll("article :is(h1, h2, h3, h4, h5, h6)[id]")];
      const passed = headings.filter((each) => each.getBoundingClientRect().top < innerHeight / 3);
      link.hash = passed.length > 1 ? passed.at(-1).id : "";
    });
  }

  // Where the style sheet cannot show the contents beside the text, they are opened there.
  if (matchMedia("(min-width: 52rem)").matches && !CSS.supports("selector(::details-content)")) {
    document.querySelector(".contents details").open = true;
  }
}

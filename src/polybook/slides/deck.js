// Keys lead from slide to slide, and the address says which one is shown.
"use strict";

(() => {
  const slides = [...document.querySelectorAll(".slide")];
  const steps = {
    ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, Enter: 1, n: 1,
    ArrowLeft: -1, ArrowUp: -1, PageUp: -1, Backspace: -1, p: -1,
    Home: -Infinity, End: Infinity,
  };
  const rightToLeft = document.documentElement.dir === "rtl";

  function current() {
    const middle = innerHeight / 2;
    return Math.max(slides.findIndex((each) => each.getBoundingClientRect().bottom > middle), 0);
  }

  function show(number) {
    const slide = slides[Math.min(Math.max(number, 0), slides.length - 1)];
    slide.scrollIntoView();
    slide.focus({ preventScroll: true });
    history.replaceState(null, "", `#${slide.id}`);
  }

  slides.forEach((slide, number) => {
    slide.id = `slide-${number + 1}`;
    slide.tabIndex = -1;
  });
  document.addEventListener("keydown", (event) => {
    let step = steps[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.target.closest?.("a")) return;
    if (event.shiftKey) step = -step;
    if (rightToLeft && ["ArrowRight", "ArrowLeft"].includes(event.key)) step = -step;
    event.preventDefault();
    show(current() + step);
  });
  const asked = /^#slide-(\d+)$/.exec(location.hash);
  if (asked) show(Number(asked[1]) - 1);
})();

// @ts-check
/**
 * The word "More" of the main menu: it opens and closes by itself, and here also by Escape, and when somebody touches
 * or reaches anything else.
 */

for (const more of /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll("[data-more]"))) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !more.open) return;
    more.open = false;
    more.querySelector("summary")?.focus();
  });
  const elsewhere = (/** @type {Event} */ event) => {
    if (more.open && !more.contains(/** @type {Node} */ (event.target))) more.open = false;
  };
  document.addEventListener("pointerdown", elsewhere);
  document.addEventListener("focusin", elsewhere);
}

// The page menu, and every other button with a `data-action`.
export function bindMenu(actions, focusScreen) {
  const button = document.getElementById("menu-button"), menu = document.getElementById("menu");
  const show = (isVisible) => { menu.hidden = !isVisible; button.ariaExpanded = String(isVisible); };
  const staysOpen = new Set(["smaller", "larger"]);
  button.onclick = () => show(menu.hidden);
  document.addEventListener("click", (event) => {
    const name = event.target.closest("[data-action]")?.dataset.action;
    const isChoice = Boolean(event.target.closest("#menu")) && Boolean(name) && !staysOpen.has(name);
    if (isChoice || !event.target.closest("#menu, #menu-button")) show(false);
    // The button is hidden now and loses the focus; an action that opens a dialog moves the focus there afterwards.
    if (isChoice) focusScreen();
    if (name in actions) actions[name]();
  });
  menu.addEventListener("keydown", (event) => { if (event.key === "Escape") { show(false); button.focus(); } });
}

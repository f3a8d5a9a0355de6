// The page's own menu, and every button that names what it does.
export function openMenu(actions, leave) {
  const button = document.getElementById("menu-button"), menu = document.getElementById("menu");
  const show = (visible) => { menu.hidden = !visible; button.ariaExpanded = String(visible); };
  const staysOpen = new Set(["smaller", "larger"]);
  button.onclick = () => show(menu.hidden);
  document.addEventListener("click", (event) => {
    const name = event.target.closest("[data-do]")?.dataset.do;
    const isChoice = Boolean(event.target.closest("#menu")) && Boolean(name) && !staysOpen.has(name);
    if (isChoice || !event.target.closest("#menu, #menu-button")) show(false);
    // A hidden button cannot keep the focus: it goes back to the screen before a dialog may take it.
    if (isChoice) leave();
    if (name in actions) actions[name]();
  });
  menu.addEventListener("keydown", (event) => { if (event.key === "Escape") { show(false); button.focus(); } });
}

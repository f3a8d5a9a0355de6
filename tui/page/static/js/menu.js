// The page's own menu, and every button that names what it does.
export function openMenu(actions) {
  const button = document.getElementById("menu-button"), menu = document.getElementById("menu");
  const show = (visible) => { menu.hidden = !visible; button.ariaExpanded = String(visible); };
  const staysOpen = new Set(["smaller", "larger"]);
  button.onclick = () => show(menu.hidden);
  document.addEventListener("click", (event) => {
    const name = event.target.closest("[data-do]")?.dataset.do;
    if (name in actions) actions[name]();
    if (!event.target.closest("#menu, #menu-button") || (name && !staysOpen.has(name))) show(false);
  });
  menu.addEventListener("keydown", (event) => { if (event.key === "Escape") { show(false); button.focus(); } });
}

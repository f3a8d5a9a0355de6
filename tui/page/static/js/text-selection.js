// Selecting text as on any page: the screen's words stand still in front of it, free of the app's mouse.
import { copy } from "./clipboard.js";
import { toast } from "./toasts.js";

export function selectText(screen) {
  const dialog = document.getElementById("selection"), text = dialog.querySelector("pre");
  const { fontSize, fontFamily } = screen.terminal.options;
  Object.assign(text.style, { fontSize: `${fontSize}px`, fontFamily });
  text.textContent = screen.rows().join("\n");
  // Closed before anything is awaited, and not on the close event, which comes a task later: keys typed at once are the app's.
  const leave = () => { dialog.close(); screen.focus(); };
  dialog.querySelector("[data-do=done]").onclick = leave;
  dialog.querySelector("[data-do=copy-all]").onclick = async () => {
    leave();
    toast((await copy(text.textContent)) ? "Copied" : "The browser refused to copy");
  };
  dialog.oncancel = (event) => { event.preventDefault(); leave(); };
  dialog.showModal();
  text.focus();
}

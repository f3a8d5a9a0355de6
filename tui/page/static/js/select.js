// Selecting text as on any page: the screen's words stand still in front of it, free of the app's mouse.
import { copy } from "./clipboard.js";
import { toast } from "./toasts.js";

export function selectText(screen) {
  const dialog = document.getElementById("selection"), text = dialog.querySelector("pre");
  const { fontSize, fontFamily } = screen.terminal.options;
  Object.assign(text.style, { fontSize: `${fontSize}px`, fontFamily });
  text.textContent = screen.rows().join("\n");
  dialog.querySelector("[data-do=done]").onclick = () => dialog.close();
  dialog.querySelector("[data-do=copy-all]").onclick = async () => {
    toast((await copy(text.textContent)) ? "Copied" : "The browser refused to copy");
    dialog.close();
  };
  dialog.onclose = () => screen.focus();
  dialog.showModal();
  text.focus();
}

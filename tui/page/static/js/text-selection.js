// Shows the screen's text in a dialog where it can be selected, without the app taking the mouse.
import { copyOrExplain } from "./clipboard.js";

export function selectText(screen) {
  const dialog = document.getElementById("selection"), text = dialog.querySelector("pre");
  const { fontSize, fontFamily } = screen.terminal.options;
  Object.assign(text.style, { fontSize: `${fontSize}px`, fontFamily });
  text.textContent = screen.rows().join("\n");
  // The focus moves at once: the dialog's close event comes later and would miss keys that are typed right away.
  const close = () => { dialog.close(); screen.focus(); };
  dialog.querySelector("[data-action=done]").onclick = close;
  dialog.querySelector("[data-action=copy-all]").onclick = () => {
    close();
    copyOrExplain(text.textContent);
  };
  dialog.oncancel = (event) => { event.preventDefault(); close(); };
  dialog.showModal();
  text.focus();
}

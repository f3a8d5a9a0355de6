// Copies text for the app, and reads the clipboard for the paste button.
import { toast } from "./toasts.js";

const COPY_REFUSED = "The browser did not allow copying";

export async function offerCopy(text) {
  if (await copy(text)) toast("Copied");
  // Browsers allow copying only shortly after a click or a key, so a button asks for one.
  else toast("Ready to copy", { label: "Copy", run: async () => toast((await copy(text)) ? "Copied" : COPY_REFUSED) });
}

export async function copyOrExplain(text) {
  toast((await copy(text)) ? "Copied" : COPY_REFUSED);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyWithSelection(text);
  }
}

// navigator.clipboard exists only on https and localhost.
function copyWithSelection(text) {
  const field = document.createElement("textarea");
  const focused = document.activeElement;
  field.value = text;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  focused?.focus();
  return isCopied;
}

export async function readClipboard(onText) {
  try {
    const text = await navigator.clipboard.readText();
    if (text) onText(text);
    else toast("The clipboard contains no text");
  } catch {
    askForText(onText);
  }
}

function askForText(onText) {
  const dialog = document.getElementById("paste-box"), field = document.getElementById("paste-text");
  field.value = "";
  dialog.onclose = () => { if (dialog.returnValue === "insert" && field.value) onText(field.value); };
  dialog.returnValue = "";
  dialog.showModal();
  field.focus();
}

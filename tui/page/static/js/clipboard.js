// Copying what the app asks to copy, and reading what a person wants to paste.
import { toast } from "./toasts.js";

export async function offerCopy(text) {
  if (await copy(text)) toast("Copied");
  // Browsers want a tap for it when the page has not been touched for a while.
  else toast("Ready to copy", { label: "Copy", run: async () => toast((await copy(text)) ? "Copied" : "The browser refused to copy") });
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyOldWay(text);
  }
}

// Without https there is no navigator.clipboard.
function copyOldWay(text) {
  const field = document.createElement("textarea");
  const before = document.activeElement;
  field.value = text;
  field.className = "unseen";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  before?.focus();
  return done;
}

export async function readClipboard(use) {
  try {
    const text = await navigator.clipboard.readText();
    if (text) use(text);
    else toast("The clipboard holds no text");
  } catch {
    askForText(use);
  }
}

function askForText(use) {
  const dialog = document.getElementById("paste-box"), field = document.getElementById("paste-text");
  field.value = "";
  dialog.onclose = () => { if (dialog.returnValue === "insert" && field.value) use(field.value); };
  dialog.returnValue = "";
  dialog.showModal();
  field.focus();
}

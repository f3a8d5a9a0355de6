// Decides which keys stay with the browser; all others go to the app.
const SHIFT_ENTER = "\x1b[13;2u", CTRL_ENTER = "\x1b[13;5u";

export function bindKeys(screen, type) {
  screen.terminal.attachCustomKeyEventHandler((event) => {
    const { key, ctrlKey, metaKey, shiftKey, altKey } = event;
    const letter = key.toLowerCase();
    if (metaKey || ["F5", "F11", "F12"].includes(key)) return false;
    if (ctrlKey && !altKey && (letter === "r" || letter === "v" || (shiftKey && letter === "i"))) return false;
    if (ctrlKey && letter === "c" && screen.terminal.hasSelection()) {
      if (event.type === "keydown") document.execCommand("copy");
      event.preventDefault();
      return false;
    }
    if (key === "Enter" && (shiftKey || ctrlKey) && !altKey && !event.isComposing) {
      if (event.type === "keydown") type(shiftKey ? SHIFT_ENTER : CTRL_ENTER);
      event.preventDefault();
      return false;
    }
    return true;
  });
}

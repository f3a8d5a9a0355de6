// Opens the line to the server at once, while the terminal still loads: the app needs that time to get ready.
import { prefersDark } from "./appearance.js";
import { claimTabId, storage } from "./tab-storage.js";
import { ServerConnection } from "./server-connection.js";

const parameters = { tab: "", ...storage.sizeOfWindow() };

export const connection = new ServerConnection(() => ({ ...parameters, session: storage.session, dark: prefersDark() ? "1" : "0" }));

// Whether the line was opened already: only a window whose size in cells is remembered can say how much to draw.
export const openedEarly = claimTabId().then((id) => {
  parameters.tab = id;
  if (parameters.width) connection.open();
  return Boolean(parameters.width);
});

export function setTerminalSize(size) {
  Object.assign(parameters, size);
  storage.rememberSizeOfWindow(size);
}

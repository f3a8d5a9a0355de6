// Connects to the server while the terminal still loads, because the app needs that time to get ready.
import { prefersDark } from "./appearance.js";
import { ServerConnection } from "./server-connection.js";
import { claimTabId, storage } from "./tab-storage.js";

const parameters = { tab: "", ...storage.sizeOfWindow() };

export const connection = new ServerConnection(() => (
  { ...parameters, session: storage.session, dark: prefersDark() ? "1" : "0" }));

// Resolves to true when the connection was opened early. That needs the terminal's size, which is known only for
// windows of a size that this browser has used before.
export const openedEarly = claimTabId().then((id) => {
  parameters.tab = id;
  if (parameters.width) connection.open();
  return Boolean(parameters.width);
});

export function setTerminalSize(size) {
  Object.assign(parameters, size);
  storage.rememberSizeOfWindow(size);
}

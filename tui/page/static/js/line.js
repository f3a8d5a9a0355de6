// Opens the line to the server at once, while the terminal still loads: the app needs that time to get ready.
import { prefersDark } from "./appearance.js";
import { claimTab, memory } from "./tab.js";
import { Wire } from "./wire.js";

const identity = { tab: "", ...memory.sizeOfWindow() };

export const wire = new Wire(() => ({ ...identity, session: memory.session, dark: prefersDark() ? "1" : "0" }));

// Whether the line was opened already: only a window whose size in cells is remembered can say how much to draw.
export const begun = claimTab().then((id) => {
  identity.tab = id;
  if (identity.width) wire.open();
  return Boolean(identity.width);
});

export function noteSize(size) {
  Object.assign(identity, size);
  memory.rememberSizeOfWindow(size);
}

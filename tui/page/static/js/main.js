// Puts the page together: the screen, the connection to the server, and the controls around them.
import { prefersDark, setPageColour, watchAppearance } from "./appearance.js";
import { offerCopy, readClipboard } from "./clipboard.js";
import { ConnectionCard } from "./connection-card.js";
import { Dock } from "./dock.js";
import { connection, openedEarly, setTerminalSize } from "./early-connection.js";
import { Files } from "./files.js";
import { bindKeys } from "./key-bindings.js";
import { bindMenu } from "./menu.js";
import { notify } from "./notifications.js";
import { showPageState } from "./page-state.js";
import { paste } from "./paste.js";
import { updatePlainPageLinks } from "./plain-page.js";
import { Screen } from "./screen.js";
import { storage } from "./tab-storage.js";
import { selectText } from "./text-selection.js";
import { fitViewport } from "./viewport.js";

const isTouch = matchMedia("(pointer: coarse)").matches;
const screen = new Screen(document.getElementById("terminal"), isTouch);
const card = new ConnectionCard(document.getElementById("connection"));
const files = new Files((paths) => connection.send(["files", paths]));

const type = (text) => connection.type(text);
const actions = {
  attach: () => files.pick(),
  select: () => selectText(screen),
  smaller: () => screen.scaleText(-1),
  larger: () => screen.scaleText(1),
  paste: () => readClipboard((text) => paste(text, screen, files)),
  "sign-out": signOut,
};
const dock = new Dock({ type, send: (message) => connection.send(message), ...actions, connection });

async function signOut() {
  await fetch("/auth/logout", { method: "POST" }).catch(() => {});
  location.assign("/");
}

// The messages of the server and of the app, by kind.
const handlers = {
  attached: ({ fresh }) => {
    // Size, colour scheme and focus may have changed while there was no connection.
    connection.send(["resize", screen.size]);
    if (!fresh) connection.send(["prefers", { dark: prefersDark() }]);
    connection.send(document.hasFocus() ? ["focus"] : ["blur"]);
    if (fresh && storage.draft) connection.send(["draft", storage.draft]);
  },
  page_state: showPageState,
  page_session: ({ id }) => { storage.session = id || ""; updatePlainPageLinks(); },
  page_draft: ({ text }) => { storage.draft = text || ""; },
  page_notify: notify,
  page_pick_files: () => files.pick(),
  page_appearance: ({ background }) => { if (/^#[0-9a-f]{6}$/i.test(background ?? "")) setPageColour(background); },
  page_sign_out: signOut,
  clipboard: offerCopy,
  open_url: ({ url, new_tab: inNewTab }) => window.open(url, inNewTab ? "_blank" : "_self", "noopener"),
  deliver_file_start: (key) => files.save(`/download/${encodeURIComponent(key)}`),
};

function showConnection(state) {
  document.body.dataset.connection = state.name;
  card.show(state, {
    retry: () => connection.retry(),
    startNew: () => { storage.session = ""; storage.draft = ""; updatePlainPageLinks(); connection.retry(); },
  });
}

async function start() {
  fitViewport(() => screen.fit());
  const [isOpening] = await Promise.all([openedEarly, screen.open()]);
  screen.ontype = type;
  screen.onresize = (size) => { setTerminalSize(size); connection.send(["resize", size]); };
  bindKeys(screen, type);
  files.bind(screen);
  bindMenu(actions, () => screen.focus());
  watchAppearance((dark) => connection.send(["prefers", { dark }]));
  for (const event of ["focus", "blur"]) addEventListener(event, () => connection.send([event]));
  if (isTouch) dock.open();
  screen.fit();
  setTerminalSize(screen.size);
  connection.listen({
    onstate: showConnection,
    onmessage: (kind, value) => handlers[kind]?.(value),
    onframe: (bytes, ondrawn) => screen.draw(bytes, ondrawn),
  });
  if (!isOpening) connection.open();
  if (!isTouch) screen.focus();
}

start();

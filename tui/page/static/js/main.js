// Puts the page together: the screen, the wire to the server, and what surrounds them.
import { prefersDark, watchAppearance } from "./appearance.js";
import { showState } from "./badge.js";
import { Connection } from "./connection.js";
import { offerCopy, readClipboard } from "./clipboard.js";
import { Dock } from "./dock.js";
import { Files } from "./files.js";
import { bindKeys } from "./keys.js";
import { begun, noteSize, wire } from "./line.js";
import { openMenu } from "./menu.js";
import { notify } from "./notify.js";
import { paste } from "./paste.js";
import { leadToPlainPage } from "./plain.js";
import { Screen } from "./screen.js";
import { selectText } from "./select.js";
import { memory } from "./tab.js";
import { fitViewport } from "./viewport.js";

const isTouch = matchMedia("(pointer: coarse)").matches;
const screen = new Screen(document.getElementById("terminal"), isTouch);
const connection = new Connection(document.getElementById("connection"));
const files = new Files((paths) => wire.send(["files", paths]));

const type = (text) => wire.type(text);
const actions = {
  attach: () => files.pick(),
  select: () => selectText(screen),
  smaller: () => screen.scaleText(-1),
  larger: () => screen.scaleText(1),
  paste: () => readClipboard((text) => paste(text, screen, files)),
  "sign-out": signOut,
};
const dock = new Dock({ type, send: (message) => wire.send(message), ...actions, wire });

async function signOut() {
  await fetch("/auth/logout", { method: "POST" }).catch(() => {});
  location.assign("/");
}

// What the server and the app say.
const words = {
  attached: ({ fresh }) => {
    // What changed while nobody listened.
    wire.send(["resize", screen.size]);
    if (!fresh) wire.send(["prefers", { dark: prefersDark() }]);
    wire.send(document.hasFocus() ? ["focus"] : ["blur"]);
    if (fresh && memory.draft) wire.send(["draft", memory.draft]);
  },
  page_state: showState,
  page_session: ({ id }) => { memory.session = id || ""; leadToPlainPage(); },
  page_draft: ({ text }) => { memory.draft = text || ""; },
  page_notify: notify,
  page_pick_files: () => files.pick(),
  page_appearance: ({ background }) => screen.surround(background),
  page_sign_out: signOut,
  clipboard: offerCopy,
  open_url: ({ url, new_tab: inNewTab }) => window.open(url, inNewTab ? "_blank" : "_self", "noopener"),
  deliver_file_start: (key) => files.save(`/download/${encodeURIComponent(key)}`),
};

function showConnection(state) {
  document.body.dataset.connection = state.name;
  connection.show(state, {
    retry: () => wire.retry(),
    startNew: () => { memory.session = ""; memory.draft = ""; leadToPlainPage(); wire.retry(); },
  });
}

async function start() {
  fitViewport(() => screen.fit());
  const [isBegun] = await Promise.all([begun, screen.open()]);
  screen.ontype = type;
  screen.onresize = (size) => { noteSize(size); wire.send(["resize", size]); };
  bindKeys(screen, type);
  files.bind(screen);
  openMenu(actions, () => screen.focus());
  watchAppearance((dark) => wire.send(["prefers", { dark }]));
  for (const [event, word] of [["focus", "focus"], ["blur", "blur"]]) {
    addEventListener(event, () => wire.send([word]));
  }
  if (isTouch) dock.open();
  screen.fit();
  noteSize(screen.size);
  wire.listen({
    onstate: showConnection,
    onword: (kind, value) => words[kind]?.(value),
    onframe: (bytes, drawn) => screen.draw(bytes, drawn),
  });
  if (!isBegun) wire.open();
  if (!isTouch) screen.focus();
}

start();

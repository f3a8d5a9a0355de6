// Stores the state of this tab, which survives a reload, and that of this browser, which is permanent.
const ID = "tab", SESSION = "session", DRAFT = "draft", FONT_SIZE = "fontSize", SIZE = "size", MAX_DRAFT_CHARS = 200_000;
// A busy machine takes a while to unload the old page after a reload; only a duplicated tab waits the full time.
const LOCK_MS = 1500;

const read = (store, key) => { try { return store().getItem(key) ?? ""; } catch { return ""; } };
const write = (store, key, value) => { try { store().setItem(key, value); } catch { /* blocked or full: not stored */ } };
const tabStore = () => sessionStorage, browserStore = () => localStorage;

const windowKey = () => `${innerWidth}x${innerHeight}x${devicePixelRatio}`;

export const storage = {
  get session() { return read(tabStore, SESSION); },
  set session(id) { write(tabStore, SESSION, id); },
  get draft() { return read(tabStore, DRAFT); },
  set draft(text) { write(tabStore, DRAFT, text.slice(0, MAX_DRAFT_CHARS)); },
  get fontSize() { return Number(read(browserStore, FONT_SIZE)) || 0; },
  set fontSize(size) { write(browserStore, FONT_SIZE, String(size)); },
  // The terminal's size in cells, if this browser has had a window of this size before.
  sizeOfWindow() {
    const [window, width, height] = read(browserStore, SIZE).split(" ");
    return window === windowKey() ? { width: Number(width), height: Number(height) } : {};
  },
  rememberSizeOfWindow({ width, height }) { write(browserStore, SIZE, `${windowKey()} ${width} ${height}`); },
  get(key) { return read(browserStore, key); },
  set(key, value) { write(browserStore, key, value); },
};

// Returns the tab's id. "Duplicate tab" copies the id with the rest of the storage; a lock tells the two tabs apart.
export async function claimTabId() {
  const session = new URL(location.href).searchParams.get("session");
  if (session) {
    storage.session = session;
    history.replaceState(null, "", "/");
  }
  const stored = read(tabStore, ID);
  if (stored && await lock(stored)) return stored;
  if (stored) storage.draft = "";
  const id = randomId();
  write(tabStore, ID, id);
  lock(id);  // a new id is free, so there is no need to wait
  return id;
}

// Holds the lock for the lifetime of the page. After a reload, the old page may hold it a moment longer.
function lock(id) {
  if (!navigator.locks) return true;
  return new Promise((resolve) => {
    const options = { signal: AbortSignal.timeout(LOCK_MS) };
    navigator.locks
      .request(`tab-${id}`, options, () => { resolve(true); return new Promise(() => {}); })
      .catch(() => resolve(false));
  });
}

function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

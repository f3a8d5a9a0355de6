// What this tab remembers over a reload, and what this browser remembers for good.
const ID = "tab", SESSION = "session", DRAFT = "draft", FONT_SIZE = "fontSize", SIZE = "size";
// A busy machine takes its time to let go of a reloaded page; only a duplicated tab waits for all of it.
const LOCK_MS = 1500;

const read = (store, key) => { try { return store().getItem(key) ?? ""; } catch { return ""; } };
const write = (store, key, value) => { try { store().setItem(key, value); } catch { /* private mode: forget */ } };
const tabStore = () => sessionStorage, browserStore = () => localStorage;

const windowKey = () => `${innerWidth}x${innerHeight}x${devicePixelRatio}`;

export const storage = {
  get session() { return read(tabStore, SESSION); },
  set session(id) { write(tabStore, SESSION, id); },
  get draft() { return read(tabStore, DRAFT); },
  set draft(text) { write(tabStore, DRAFT, text.slice(0, 200_000)); },
  get fontSize() { return Number(read(browserStore, FONT_SIZE)) || 0; },
  set fontSize(size) { write(browserStore, FONT_SIZE, String(size)); },
  sizeOfWindow() {
    const [window, width, height] = read(browserStore, SIZE).split(" ");
    return window === windowKey() ? { width: Number(width), height: Number(height) } : {};
  },
  rememberSizeOfWindow({ width, height }) { write(browserStore, SIZE, `${windowKey()} ${width} ${height}`); },
  get(key) { return read(browserStore, key); },
  set(key, value) { write(browserStore, key, value); },
};

// The tab's id. "Duplicate tab" copies it together with the tab's storage, so a lock tells the two apart.
export async function claimTabId() {
  const asked = new URL(location.href).searchParams.get("session");
  if (asked) {
    storage.session = asked;
    history.replaceState(null, "", "/");
  }
  const kept = read(tabStore, ID);
  if (kept && await lock(kept)) return kept;
  if (kept) storage.draft = "";
  const id = randomId();
  write(tabStore, ID, id);
  lock(id);  // nobody else can have it: not worth waiting for
  return id;
}

// Holds the lock for as long as the page lives. After a reload the old page's lock may take a moment to go.
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

// The socket to the server: opened, watched, opened again, with honest words about it.
const FIRST_DELAY = 250, LONGEST_DELAY = 5000, TIRED_AFTER = 60_000;
const SILENCE = 45_000, PONG_PATIENCE = 4000, ACK_BYTES = 32 * 1024, PIECE = 32 * 1024;
const CRASHES = 3, CRASH_WINDOW = 60_000, FULL_DELAY = 15_000, KEPT_MS = 1000;
const FINAL = { 4401: "signed-out", 4409: "taken", 4410: "ended" };
const FULL = { 4429: "full-user", 4430: "full-all" };
const REASONS = { 1012: "restarting", 4503: "app_failed" };
const MOTION = /^\x1b\[<(3[2-9]|[45]\d|6[0-3]);\d+;\d+M$/;

export class Wire {
  #listener = null;
  #unheard = [];
  #parameters;
  #socket = null;
  #timer = 0;
  #tries = 0;
  #lostAt = 0;
  #heardAt = 0;
  #drawn = 0;
  #acknowledged = 0;
  #crashes = [];
  #kept = "";
  #motion = "";
  #name = "opening";
  #reason = "";

  constructor(parameters) {
    this.#parameters = parameters;
    setInterval(() => this.#watch(), 5000);
    addEventListener("online", () => this.#wake());
    addEventListener("offline", () => this.#wake());
    addEventListener("pageshow", (event) => { if (event.persisted) this.#wake(); });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.#wake(); });
  }

  // What was said before anybody listened is told now.
  listen(listener) {
    this.#listener = listener;
    for (const [name, values] of this.#unheard.splice(0)) listener[name](...values);
  }

  #tell(name, ...values) {
    if (this.#listener) this.#listener[name](...values);
    else this.#unheard.push([name, values]);
  }

  get isOpen() { return this.#name === "open"; }

  open() {
    clearTimeout(this.#timer);
    this.#drop();
    const url = new URL("/ws", location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    for (const [name, value] of Object.entries(this.#parameters())) if (value) url.searchParams.set(name, value);
    const socket = this.#socket = new WebSocket(url);
    let opened = false;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => { opened = true; this.#heardAt = performance.now(); };
    socket.onmessage = ({ data }) => { if (socket === this.#socket) this.#hear(data); };
    socket.onclose = ({ code }) => { if (socket === this.#socket) this.#closed(code, opened); };
  }

  // A person asks to try again.
  retry() {
    this.#tries = 0;
    this.#crashes = [];
    this.#lostAt = performance.now();
    this.#say("opening");
    this.open();
  }

  send(message) {
    if (this.isOpen && this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  // What a person typed. In the first moment of a loss it is kept; later the page says that nobody listens.
  type(text) {
    if (!this.isOpen) {
      if (this.#name === "lost" && performance.now() - this.#lostAt < KEPT_MS) this.#kept += text;
      return;
    }
    if (MOTION.test(text)) {
      if (!this.#motion) requestAnimationFrame(() => this.#sendMotion());
      this.#motion = text;
      return;
    }
    this.#sendMotion();
    for (let start = 0; start < text.length;) {
      let end = Math.min(start + PIECE, text.length);
      if (end < text.length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end -= 1;
      this.send(["stdin", text.slice(start, end)]);
      start = end;
    }
  }

  // The mouse moves faster than anybody draws: only its latest place matters.
  #sendMotion() {
    if (this.#motion) this.send(["stdin", this.#motion]);
    this.#motion = "";
  }

  #hear(data) {
    this.#heardAt = performance.now();
    if (typeof data !== "string") {
      const bytes = new Uint8Array(data);
      this.#tell("onframe", bytes, () => this.#acknowledge(bytes.length));
      return;
    }
    const [kind, value] = JSON.parse(data);
    if (kind === "ping") this.send(["ping", 0]);
    if (kind === "attached") this.#attached(value);
    this.#tell("onword", kind, value);
  }

  #attached({ fresh }) {
    [this.#tries, this.#drawn, this.#acknowledged] = [0, 0, 0];
    this.#reason = "";
    this.#say("open");
    if (this.#kept && !fresh) this.type(this.#kept);
    this.#kept = "";
  }

  #acknowledge(bytes) {
    this.#drawn += bytes;
    if (this.#drawn - this.#acknowledged < ACK_BYTES) return;
    this.#acknowledged = this.#drawn;
    this.send(["drawn", this.#drawn]);
  }

  async #closed(code, opened) {
    this.#socket = null;
    if (this.isOpen) this.#lostAt = performance.now();
    // Who signed in again in another tab has a new login, and goes on with that.
    if (code in FINAL && !(code === 4401 && await pinged() === 200)) return this.#say(FINAL[code]);
    if (code in FULL) {
      this.#say(FULL[code]);
      this.#timer = setTimeout(() => this.open(), FULL_DELAY);
      return;
    }
    if (code === 4500 && this.#crashesTooOften()) return this.#say("crashed");
    this.#reason = REASONS[code] ?? (opened ? "" : this.#reason);
    this.#sayLost();
    this.#tryLater();
    if (!opened && navigator.onLine && await pinged() === 401) {
      clearTimeout(this.#timer);
      this.#drop();
      this.#say("signed-out");
    }
  }

  #tryLater() {
    clearTimeout(this.#timer);
    const delay = Math.min(FIRST_DELAY * 2 ** this.#tries, LONGEST_DELAY);
    this.#tries += 1;
    this.#timer = setTimeout(() => this.open(), delay * (0.9 + 0.2 * Math.random()));
  }

  #crashesTooOften() {
    const now = performance.now();
    this.#crashes = [...this.#crashes.filter((at) => now - at < CRASH_WINDOW), now];
    return this.#crashes.length >= CRASHES;
  }

  // The machine woke up or its network changed: do not wait for a timer to find out.
  #wake() {
    if (this.#name === "lost") {
      this.#sayLost();
      this.#tries = 0;
      if (navigator.onLine) this.open();
    } else if (this.isOpen) {
      const askedAt = performance.now();
      this.send(["ping", 1]);
      setTimeout(() => { if (this.isOpen && this.#heardAt < askedAt) this.#lose(); }, PONG_PATIENCE);
    }
  }

  #watch() {
    if (this.isOpen && performance.now() - this.#heardAt > SILENCE) this.#lose();
    else if (this.isOpen && performance.now() - this.#heardAt > SILENCE / 2) this.send(["ping", 2]);
    if (this.#name === "lost") this.#sayLost();
  }

  #lose() {
    this.#drop();
    this.#closed(1006, true);
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #sayLost() { this.#say("lost", { reason: navigator.onLine ? this.#reason : "offline" }); }

  #say(name, details = {}) {
    this.#name = name;
    const isLong = name === "lost" && performance.now() - this.#lostAt > TIRED_AFTER;
    this.#tell("onstate", { name, isLong, ...details });
  }
}

// 200 while somebody is signed in here, 401 when nobody is, 0 when that cannot be told.
async function pinged() {
  try {
    return (await fetch("/auth/verify-ping", { cache: "no-store" })).status;
  } catch {
    return 0;
  }
}

// The WebSocket to the server: opens it, watches it, reopens it, and reports the state of the connection.
const FIRST_DELAY_MS = 250, MAX_DELAY_MS = 5000, LONG_LOSS_MS = 60_000;
const SILENCE_MS = 45_000, PONG_TIMEOUT_MS = 4000, ACK_BYTES = 32 * 1024, MAX_INPUT_CHARS = 32 * 1024;
const MAX_CRASHES = 3, CRASH_WINDOW_MS = 60_000, FULL_DELAY_MS = 15_000, KEEP_TYPED_MS = 1000;
const FINAL = { 4401: "signed-out", 4409: "taken", 4410: "ended" };
const FULL = { 4429: "full-user", 4430: "full-all" };
const REASONS = { 1012: "restarting", 4503: "app_failed" };
const MOUSE_MOVE = /^\x1b\[<(3[2-9]|[45]\d|6[0-3]);\d+;\d+M$/;

export class ServerConnection {
  #listener = null;
  #undelivered = [];
  #parameters;
  #socket = null;
  #timer = 0;
  #attempts = 0;
  #lostAt = 0;
  #receivedAt = 0;
  #drawn = 0;
  #acknowledged = 0;
  #crashes = [];
  #unsent = "";
  #mouseMove = "";
  #state = "opening";
  #reason = "";

  constructor(parameters) {
    this.#parameters = parameters;
    setInterval(() => this.#watchForSilence(), 5000);
    addEventListener("online", () => this.#checkConnection());
    addEventListener("offline", () => this.#checkConnection());
    addEventListener("pageshow", (event) => { if (event.persisted) this.#checkConnection(); });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.#checkConnection(); });
  }

  // Events from before this call are delivered now.
  listen(listener) {
    this.#listener = listener;
    for (const [name, values] of this.#undelivered.splice(0)) listener[name](...values);
  }

  #emit(name, ...values) {
    if (this.#listener) this.#listener[name](...values);
    else this.#undelivered.push([name, values]);
  }

  get isOpen() { return this.#state === "open"; }

  open() {
    clearTimeout(this.#timer);
    this.#drop();
    const url = new URL("/ws", location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    for (const [name, value] of Object.entries(this.#parameters())) if (value) url.searchParams.set(name, value);
    const socket = this.#socket = new WebSocket(url);
    let opened = false;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => { opened = true; this.#receivedAt = performance.now(); };
    socket.onmessage = ({ data }) => { if (socket === this.#socket) this.#receive(data); };
    socket.onclose = ({ code }) => { if (socket === this.#socket) this.#closed(code, opened); };
  }

  // Starts over when the user tries again.
  retry() {
    this.#attempts = 0;
    this.#crashes = [];
    this.#lostAt = performance.now();
    this.#setState("opening");
    this.open();
  }

  send(message) {
    if (this.isOpen && this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  // Sends typed text. Text typed in the first second of a lost connection is sent after reconnecting.
  type(text) {
    if (!this.isOpen) {
      if (this.#state === "lost" && performance.now() - this.#lostAt < KEEP_TYPED_MS) this.#unsent += text;
      return;
    }
    if (MOUSE_MOVE.test(text)) {
      if (!this.#mouseMove) requestAnimationFrame(() => this.#sendMouseMove());
      this.#mouseMove = text;
      return;
    }
    this.#sendMouseMove();
    for (let start = 0; start < text.length;) {
      let end = Math.min(start + MAX_INPUT_CHARS, text.length);
      if (end < text.length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end -= 1;
      this.send(["stdin", text.slice(start, end)]);
      start = end;
    }
  }

  // The mouse moves more often than the screen is drawn, so only its last position in a frame is sent.
  #sendMouseMove() {
    if (this.#mouseMove) this.send(["stdin", this.#mouseMove]);
    this.#mouseMove = "";
  }

  #receive(data) {
    this.#receivedAt = performance.now();
    if (typeof data !== "string") {
      const bytes = new Uint8Array(data);
      this.#emit("onframe", bytes, () => this.#acknowledge(bytes.length));
      return;
    }
    const [kind, value] = JSON.parse(data);
    if (kind === "ping") this.send(["ping", 0]);
    if (kind === "attached") this.#attached(value);
    this.#emit("onmessage", kind, value);
  }

  #attached({ fresh }) {
    [this.#attempts, this.#drawn, this.#acknowledged] = [0, 0, 0];
    this.#reason = "";
    this.#setState("open");
    if (this.#unsent && !fresh) this.type(this.#unsent);
    this.#unsent = "";
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
    // A new sign-in in another tab ends this login; the page then continues with the new one.
    if (code in FINAL && !(code === 4401 && await loginStatus() === 200)) return this.#setState(FINAL[code]);
    if (code in FULL) {
      this.#setState(FULL[code]);
      this.#timer = setTimeout(() => this.open(), FULL_DELAY_MS);
      return;
    }
    if (code === 4500 && this.#crashesTooOften()) return this.#setState("crashed");
    this.#reason = REASONS[code] ?? (opened ? "" : this.#reason);
    this.#setLost();
    this.#scheduleReconnect();
    if (!opened && navigator.onLine && await loginStatus() === 401) {
      clearTimeout(this.#timer);
      this.#drop();
      this.#setState("signed-out");
    }
  }

  #scheduleReconnect() {
    clearTimeout(this.#timer);
    const delay = Math.min(FIRST_DELAY_MS * 2 ** this.#attempts, MAX_DELAY_MS);
    this.#attempts += 1;
    this.#timer = setTimeout(() => this.open(), delay * (0.9 + 0.2 * Math.random()));
  }

  #crashesTooOften() {
    const now = performance.now();
    this.#crashes = [...this.#crashes.filter((at) => now - at < CRASH_WINDOW_MS), now];
    return this.#crashes.length >= MAX_CRASHES;
  }

  // Called when the machine wakes or its network changes, to notice a dead connection sooner than a timer would.
  #checkConnection() {
    if (this.#state === "lost") {
      this.#setLost();
      this.#attempts = 0;
      if (navigator.onLine) this.open();
    } else if (this.isOpen) {
      const pingedAt = performance.now();
      this.send(["ping", 1]);
      setTimeout(() => { if (this.isOpen && this.#receivedAt < pingedAt) this.#dropAndReconnect(); }, PONG_TIMEOUT_MS);
    }
  }

  #watchForSilence() {
    if (this.isOpen && performance.now() - this.#receivedAt > SILENCE_MS) this.#dropAndReconnect();
    else if (this.isOpen && performance.now() - this.#receivedAt > SILENCE_MS / 2) this.send(["ping", 2]);
    if (this.#state === "lost") this.#setLost();
  }

  #dropAndReconnect() {
    this.#drop();
    this.#closed(1006, true);
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #setLost() { this.#setState("lost", { reason: navigator.onLine ? this.#reason : "offline" }); }

  #setState(name, details = {}) {
    this.#state = name;
    const isLong = name === "lost" && performance.now() - this.#lostAt > LONG_LOSS_MS;
    this.#emit("onstate", { name, isLong, ...details });
  }
}

// 200 if this browser is signed in, 401 if it is not, 0 if the server cannot be reached.
async function loginStatus() {
  try {
    return (await fetch("/auth/verify-ping", { cache: "no-store" })).status;
  } catch {
    return 0;
  }
}

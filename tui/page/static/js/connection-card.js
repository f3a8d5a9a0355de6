// The card over the screen that explains a missing connection.
const SHOW_AFTER_MS = 500;

const CARDS = {
  lost: { title: "Reconnecting…", text: "The connection was lost. Your session continues on the server." },
  offline: {
    title: "You are offline",
    text: "This page reconnects when the network is back. Your session continues on the server.",
  },
  restarting: { title: "The server is restarting…", text: "This takes a few seconds. Your session is kept." },
  app_failed: {
    title: "The app could not be started",
    text: "The server keeps trying, and this page connects as soon as it succeeds.",
  },
  long: {
    title: "Still no connection",
    text: "This page has been reconnecting for over a minute and continues to try. Your session is safe on the server.",
    choices: [["Try now", "retry"]],
  },
  "signed-out": {
    title: "You are signed out",
    text: "Your session is safe. Sign in again to continue it.",
    choices: [["Sign in", "signIn"]],
  },
  taken: {
    title: "Open in another window",
    text: "This tab is now shown in another window. You can move it back here.",
    choices: [["Use it here", "retry"]],
  },
  ended: {
    title: "The app is closed",
    text: "Your session is kept, and you can continue it.",
    choices: [["Open it again", "retry"], ["Start a new session", "startNew"]],
  },
  crashed: {
    title: "The app crashed three times in a row",
    text: "Your session is safe on the server.",
    choices: [["Try again", "retry"], ["Start a new session", "startNew"]],
  },
  "full-user": {
    title: "You have too many open tabs",
    text: "This server limits the tabs of each user. Close one, and this tab opens automatically.",
    choices: [["Try now", "retry"]],
  },
  "full-all": {
    title: "The server is full",
    text: "The open tabs of all users take up its capacity. This tab opens as soon as another one is closed.",
    choices: [["Try now", "retry"]],
  },
};

export class ConnectionCard {
  #element;
  #timer = 0;
  #shown = "";

  constructor(element) { this.#element = element; }

  show(state, actions) {
    clearTimeout(this.#timer);
    if (state.name === "open" || state.name === "opening") return this.#hide();
    const key = state.name !== "lost" ? state.name
      : state.isLong ? "long" : state.reason in CARDS ? state.reason : "lost";
    // Most lost connections are back within half a second, before the card appears.
    const isDelayed = state.name === "lost" && !this.#shown;
    this.#timer = setTimeout(() => this.#render(key, actions), isDelayed ? SHOW_AFTER_MS : 0);
  }

  #render(key, actions) {
    if (this.#shown === key) return;
    this.#shown = key;
    const { title, text, choices = [] } = CARDS[key];
    this.#element.querySelector("h1").textContent = title;
    this.#element.querySelector("p").textContent = text;
    const signIn = () => location.assign("/");
    this.#element.querySelector(".choices").replaceChildren(...choices.map(([label, name], at) => {
      const button = document.createElement("button");
      button.textContent = label;
      button.className = at === 0 ? "main" : "";
      button.onclick = { signIn, ...actions }[name];
      return button;
    }));
    this.#element.dataset.state = key;
    this.#element.hidden = false;
    this.#element.querySelector("button")?.focus();
  }

  #hide() {
    const hadFocus = this.#element.contains(document.activeElement);
    this.#shown = "";
    this.#element.hidden = true;
    if (hadFocus) document.querySelector(".xterm-helper-textarea")?.focus();
  }
}

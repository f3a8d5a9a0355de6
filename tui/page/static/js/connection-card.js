// The words for a connection that is not there.
const PATIENCE = 500;

const WORDS = {
  lost: {
    title: "Reconnecting…",
    text: "The connection is gone. Your conversation lives on the server and needs no page.",
  },
  offline: {
    title: "You are offline",
    text: "This comes back by itself when the network does. Your conversation lives on the server and needs no page.",
  },
  restarting: { title: "The server restarts…", text: "This takes a few seconds. Your conversation is kept." },
  app_failed: { title: "The app does not start", text: "The server keeps trying, and so does this page." },
  long: {
    title: "Still no connection",
    text: "This page has tried for over a minute and goes on trying. Your conversation is safe on the server.",
    choices: [["Try now", "retry"]],
  },
  "signed-out": {
    title: "You are signed out",
    text: "Your conversation is safe. Sign in again to go on with it.",
    choices: [["Sign in", "signIn"]],
  },
  taken: {
    title: "Open in another window",
    text: "This tab's screen moved there. It can come back here.",
    choices: [["Use it here", "retry"]],
  },
  ended: {
    title: "The app is closed",
    text: "Your conversation is kept, and you can go on with it.",
    choices: [["Open it again", "retry"], ["Start a new one", "startNew"]],
  },
  crashed: {
    title: "The app stopped, three times in a row",
    text: "That is a fault of ours. Your conversation is kept on the server.",
    choices: [["Try again", "retry"], ["Start a new one", "startNew"]],
  },
  "full-user": {
    title: "You have many tabs open",
    text: "That is as many as this server gives to one person. Close one and this tab opens by itself.",
    choices: [["Try now", "retry"]],
  },
  "full-all": {
    title: "The server is full",
    text: "Everybody's tabs together take all its room. This tab opens by itself as soon as there is some.",
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
      : state.isLong ? "long" : state.reason in WORDS ? state.reason : "lost";
    // A blink is not worth a word.
    const isFirstWord = state.name === "lost" && !this.#shown;
    this.#timer = setTimeout(() => this.#say(key, actions), isFirstWord ? PATIENCE : 0);
  }

  #say(key, actions) {
    if (this.#shown === key) return;
    this.#shown = key;
    const { title, text, choices = [] } = WORDS[key];
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

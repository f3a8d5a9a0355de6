// The dock on touch devices: the keys that a phone lacks, and a text field that works with its keyboard.
const KEYS = {
  escape: "\x1b", tab: "\t", "shift-tab": "\x1b[Z", up: "\x1b[A", down: "\x1b[B", right: "\x1b[C", left: "\x1b[D",
};
const DRAFT_KEY = "composer", MAX_HEIGHT = 140;

export class Dock {
  #page;
  #dock = document.getElementById("dock");
  #field = document.getElementById("prompt");
  #ctrl = document.querySelector("[data-key=ctrl]");

  constructor(page) {
    this.#page = page;
    document.getElementById("keys").addEventListener("click", (event) => this.#press(event.target.dataset.key));
    // The virtual keyboard stays open while keys are tapped.
    this.#dock.addEventListener("pointerdown", (event) => { if (event.target.closest("button")) event.preventDefault(); });
    document.getElementById("composer").addEventListener("submit", (event) => { event.preventDefault(); this.#send(); });
    this.#field.addEventListener("input", (event) => this.#handleInput(event));
    this.#field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.#send(); }
    });
  }

  open() {
    this.#dock.hidden = false;
    document.body.classList.add("-touch");
    document.getElementById("key-row").append(document.getElementById("menu-button"));
    this.#field.value = sessionStorage.getItem(DRAFT_KEY) ?? "";
    this.#fitHeight();
  }

  #press(key) {
    if (key === "ctrl") return this.#setCtrl(this.#ctrl.ariaPressed !== "true");
    if (key === "paste") return this.#page.paste();
    if (key in KEYS) this.#page.type(KEYS[key]);
    return undefined;
  }

  #setCtrl(isPressed) { this.#ctrl.ariaPressed = String(isPressed); }

  // While Ctrl is pressed, the next letter becomes a control character instead of text.
  #handleInput(event) {
    if (this.#ctrl.ariaPressed === "true" && !event.isComposing && /^[a-z]$/i.test(event.data ?? "")) {
      this.#page.type(String.fromCharCode(event.data.toUpperCase().charCodeAt(0) - 64));
      const at = this.#field.selectionStart;
      this.#field.value = this.#field.value.slice(0, at - 1) + this.#field.value.slice(at);
      this.#setCtrl(false);
    }
    sessionStorage.setItem(DRAFT_KEY, this.#field.value);
    this.#fitHeight();
  }

  #send() {
    const text = this.#field.value;
    if (!this.#page.connection.isOpen) return;
    if (text.trim()) this.#page.send(["prompt", text]);
    else this.#page.type("\r");
    this.#field.value = "";
    sessionStorage.removeItem(DRAFT_KEY);
    this.#fitHeight();
  }

  #fitHeight() {
    this.#field.style.height = "auto";
    this.#field.style.height = `${Math.min(this.#field.scrollHeight, MAX_HEIGHT)}px`;
  }
}

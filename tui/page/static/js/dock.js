// For fingers: the keys that a phone lacks, and a field that knows its keyboard, its corrections and its languages.
const KEYS = {
  escape: "\x1b", tab: "\t", "shift-tab": "\x1b[Z", up: "\x1b[A", down: "\x1b[B", right: "\x1b[C", left: "\x1b[D",
};
const DRAFT_KEY = "composer", TALLEST = 140;

export class Dock {
  #page;
  #dock = document.getElementById("dock");
  #field = document.getElementById("prompt");
  #ctrl = document.querySelector("[data-key=ctrl]");

  constructor(page) {
    this.#page = page;
    document.getElementById("keys").addEventListener("click", (event) => this.#press(event.target.dataset.key));
    // The keyboard stays up while keys are tapped.
    this.#dock.addEventListener("pointerdown", (event) => { if (event.target.closest("button")) event.preventDefault(); });
    document.getElementById("composer").addEventListener("submit", (event) => { event.preventDefault(); this.#send(); });
    this.#field.addEventListener("input", (event) => this.#changed(event));
    this.#field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.#send(); }
    });
  }

  open() {
    this.#dock.hidden = false;
    document.body.classList.add("-touch");
    document.getElementById("key-row").append(document.getElementById("menu-button"));
    this.#field.value = sessionStorage.getItem(DRAFT_KEY) ?? "";
    this.#grow();
  }

  #press(key) {
    if (key === "ctrl") return this.#holdCtrl(this.#ctrl.ariaPressed !== "true");
    if (key === "paste") return this.#page.paste();
    if (key in KEYS) this.#page.type(KEYS[key]);
    return undefined;
  }

  #holdCtrl(held) { this.#ctrl.ariaPressed = String(held); }

  // With Ctrl held the next letter is a control character, not text.
  #changed(event) {
    if (this.#ctrl.ariaPressed === "true" && !event.isComposing && /^[a-z]$/i.test(event.data ?? "")) {
      this.#page.type(String.fromCharCode(event.data.toUpperCase().charCodeAt(0) - 64));
      const at = this.#field.selectionStart;
      this.#field.value = this.#field.value.slice(0, at - 1) + this.#field.value.slice(at);
      this.#holdCtrl(false);
    }
    sessionStorage.setItem(DRAFT_KEY, this.#field.value);
    this.#grow();
  }

  #send() {
    const text = this.#field.value;
    if (!this.#page.connection.isOpen) return;
    if (text.trim()) this.#page.send(["prompt", text]);
    else this.#page.type("\r");
    this.#field.value = "";
    sessionStorage.removeItem(DRAFT_KEY);
    this.#grow();
  }

  #grow() {
    this.#field.style.height = "auto";
    this.#field.style.height = `${Math.min(this.#field.scrollHeight, TALLEST)}px`;
  }
}

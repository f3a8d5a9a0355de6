// Short messages at the edge of the page that disappear after a few seconds.
const SECONDS = 4, SECONDS_WITH_CHOICE = 15;
const container = document.getElementById("toasts");

export function toast(text, ...choices) {
  const card = element("div", "toast");
  card.append(element("span", "", text));
  for (const { label, run } of choices) {
    const button = element("button", "", label);
    button.onclick = () => { card.remove(); run(); };
    card.append(button);
  }
  container.append(card);
  setTimeout(() => card.remove(), (choices.length ? SECONDS_WITH_CHOICE : SECONDS) * 1000);
}

export class Progress {
  oncancel = () => {};
  #card = element("div", "toast");
  #bar = element("progress");
  #name;

  constructor(name) {
    const cancel = element("button", "", "Cancel");
    cancel.onclick = () => this.oncancel();
    this.#name = name;
    this.#bar.max = 1;
    this.#bar.ariaLabel = `Uploading ${name}`;
    this.#card.append(element("span", "name", name), this.#bar, cancel);
    container.append(this.#card);
  }

  show(fraction) { this.#bar.value = fraction; }
  finish() { this.#card.remove(); }
  fail(reason) { this.#card.remove(); toast(`${this.#name}: ${reason}`); }
}

function element(tag, className = "", text = "") {
  return Object.assign(document.createElement(tag), { className, textContent: text });
}

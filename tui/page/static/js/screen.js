// The terminal: xterm.js, its font, its size, and a page around it in the same colour.
import { FitAddon } from "../vendor/xterm/addon-fit.mjs";
import { UnicodeGraphemesAddon } from "../vendor/xterm/addon-unicode-graphemes.mjs";
import { Terminal } from "../vendor/xterm/xterm.mjs";
import { paintPage } from "./appearance.js";
import { storage } from "./tab-storage.js";
import { bindTouchScroll } from "./touch-scroll.js";

const FONTS = '"JetBrains Mono", "DejaVu Symbols", "Noto Sans Mono CJK SC", "Noto Sans CJK SC", "Noto Sans CJK JP", '
  + '"PingFang SC", "Hiragino Sans", "Microsoft YaHei", "Malgun Gothic", "Noto Color Emoji", ui-monospace, monospace';
const SMALLEST = 8, LARGEST = 32, SAMPLE_MS = 400;

export class Screen {
  ontype = () => {};
  onresize = () => {};
  #element;
  #terminal;
  #fit = new FitAddon();
  #isTouch;
  #sampledAt = 0;
  #isShown = false;

  constructor(element, isTouch) {
    this.#element = element;
    this.#isTouch = isTouch;
    this.#terminal = new Terminal({
      allowProposedApi: true,
      fontFamily: FONTS,
      fontSize: storage.fontSize || (isTouch ? 13 : 15),
      fontWeightBold: "700",
      scrollback: 0,
      cursorBlink: false,
      macOptionIsMeta: true,
      macOptionClickForcesSelection: true,
      rescaleOverlappingGlyphs: true,
      theme: { background: "#00000000", foreground: "#e6e6ea", selectionBackground: "#5b7cfa66" },
      allowTransparency: true,
      linkHandler: { activate: () => {} },
    });
  }

  async open() {
    await loadFonts(this.#terminal.options.fontSize);
    const terminal = this.#terminal;
    terminal.loadAddon(this.#fit);
    terminal.loadAddon(new UnicodeGraphemesAddon());
    terminal.open(this.#element);
    terminal.onData((text) => this.ontype(text));
    terminal.onBinary((text) => this.ontype(text));
    terminal.onResize(({ cols, rows }) => this.onresize({ width: cols, height: rows }));
    terminal.onRender(() => this.#sampleColour());
    this.fit();
    bindTouchScroll(this.#element, (text) => this.ontype(text), () => this.size);
    // A tap must not bring up the keyboard: the field below is for that.
    if (this.#isTouch) terminal.textarea.inputMode = "none";
    document.fonts.addEventListener("loadingdone", () => terminal.clearTextureAtlas());
  }

  get terminal() { return this.#terminal; }
  get size() { return { width: this.#terminal.cols, height: this.#terminal.rows }; }

  draw(bytes, drawn) {
    this.#terminal.write(bytes, drawn);
    if (this.#isShown) return;
    this.#isShown = true;
    document.body.classList.add("-first-byte");
    // Asking for a GPU takes its time, also to hear that there is none: the first screen does not wait for it.
    if (!this.#isTouch) (window.requestIdleCallback ?? setTimeout)(() => this.#drawFast(), { timeout: 5000 });
  }

  fit() { this.#fit.fit(); }
  focus() { this.#terminal.focus(); }
  paste(text) { this.#terminal.paste(text); }

  scaleText(step) {
    const size = Math.min(Math.max(this.#terminal.options.fontSize + step, SMALLEST), LARGEST);
    this.#terminal.options.fontSize = storage.fontSize = size;
    this.fit();
  }

  // The screen's text, one string a row, as it stands.
  rows() {
    const buffer = this.#terminal.buffer.active;
    return Array.from({ length: this.#terminal.rows }, (_, row) =>
      buffer.getLine(buffer.viewportY + row)?.translateToString(true) ?? "");
  }

  surround(colour) { if (/^#[0-9a-f]{6}$/i.test(colour ?? "")) paintPage(colour); }

  // WebGL where a real GPU draws a large screen; in software the DOM is faster, and a phone's screen is small.
  async #drawFast() {
    if (!hasGpu()) return;
    try {
      const { WebglAddon } = await import("../vendor/xterm/addon-webgl.mjs");
      const webgl = new WebglAddon();
      webgl.onContextLoss(() => webgl.dispose());
      this.#terminal.loadAddon(webgl);
    } catch { /* the DOM renderer stays */ }
  }

  // The app paints every cell: the colour of its corner is the colour that the page's edge needs.
  #sampleColour() {
    const now = performance.now();
    if (now - this.#sampledAt < SAMPLE_MS) return;
    this.#sampledAt = now;
    const cell = this.#terminal.buffer.active.getLine(this.#terminal.rows - 1)?.getCell(0);
    if (cell?.isBgRGB()) paintPage(`#${cell.getBgColor().toString(16).padStart(6, "0")}`);
  }
}

async function loadFonts(size) {
  const wanted = [`${size}px "JetBrains Mono"`, `bold ${size}px "JetBrains Mono"`];
  const later = [`italic ${size}px "JetBrains Mono"`];
  const load = (font, text) => document.fonts.load(font, text).catch(() => {});
  const symbols = load(`${size}px "DejaVu Symbols"`, "✓");
  later.forEach((font) => load(font, "a"));
  await Promise.race([Promise.all([...wanted.map((font) => load(font, "a")), symbols]),
    new Promise((resolve) => setTimeout(resolve, 3000))]);
}

function hasGpu() {
  const gl = document.createElement("canvas").getContext("webgl2", { failIfMajorPerformanceCaveat: true });
  if (!gl) return false;
  const name = gl.getExtension("WEBGL_debug_renderer_info")?.UNMASKED_RENDERER_WEBGL;
  const isSoftware = /swiftshader|llvmpipe|software|basic render/i.test(name ? gl.getParameter(name) : "");
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return !isSoftware;
}

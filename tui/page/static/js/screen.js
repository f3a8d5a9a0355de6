// The terminal: xterm.js with its fonts and size. The page around it takes its background colour.
import { FitAddon } from "../vendor/xterm/addon-fit.mjs";
import { UnicodeGraphemesAddon } from "../vendor/xterm/addon-unicode-graphemes.mjs";
import { Terminal } from "../vendor/xterm/xterm.mjs";
import { setPageColour } from "./appearance.js";
import { storage } from "./tab-storage.js";
import { bindTouchScroll } from "./touch-scroll.js";

const FONTS = '"JetBrains Mono", "DejaVu Symbols", "Noto Sans Mono CJK SC", "Noto Sans CJK SC", "Noto Sans CJK JP", '
  + '"PingFang SC", "Hiragino Sans", "Microsoft YaHei", "Malgun Gothic", "Noto Color Emoji", ui-monospace, monospace';
const MIN_FONT_SIZE = 8, MAX_FONT_SIZE = 32, COLOUR_CHECK_MS = 400, FONTS_TIMEOUT_MS = 3000;

export class Screen {
  ontype = () => {};
  onresize = () => {};
  #element;
  #terminal;
  #fit = new FitAddon();
  #isTouch;
  #colourCheckedAt = 0;
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
    terminal.onRender(() => this.#matchPageColour());
    this.fit();
    bindTouchScroll(this.#element, (text) => this.ontype(text), () => this.size);
    // A tap on the screen must not open the virtual keyboard; the field in the dock does that.
    if (this.#isTouch) terminal.textarea.inputMode = "none";
    document.fonts.addEventListener("loadingdone", () => terminal.clearTextureAtlas());
  }

  get terminal() { return this.#terminal; }
  get size() { return { width: this.#terminal.cols, height: this.#terminal.rows }; }

  draw(bytes, ondrawn) {
    this.#terminal.write(bytes, ondrawn);
    if (this.#isShown) return;
    this.#isShown = true;
    document.body.classList.add("-first-byte");
    // The check for a GPU is slow, so it waits until the first screen is shown.
    if (!this.#isTouch) (window.requestIdleCallback ?? setTimeout)(() => this.#useGpu(), { timeout: 5000 });
  }

  fit() { this.#fit.fit(); }
  focus() { this.#terminal.focus(); }
  paste(text) { this.#terminal.paste(text); }

  scaleText(step) {
    const size = Math.min(Math.max(this.#terminal.options.fontSize + step, MIN_FONT_SIZE), MAX_FONT_SIZE);
    this.#terminal.options.fontSize = storage.fontSize = size;
    this.fit();
  }

  // The text on the screen, one string a row.
  rows() {
    const buffer = this.#terminal.buffer.active;
    return Array.from({ length: this.#terminal.rows }, (_, row) =>
      buffer.getLine(buffer.viewportY + row)?.translateToString(true) ?? "");
  }

  // Uses WebGL if there is a real GPU. In software the DOM renderer is faster, and for a phone's screen it is fast enough.
  async #useGpu() {
    if (!hasGpu()) return;
    try {
      const { WebglAddon } = await import("../vendor/xterm/addon-webgl.mjs");
      const webgl = new WebglAddon();
      webgl.onContextLoss(() => webgl.dispose());
      this.#terminal.loadAddon(webgl);
    } catch { /* the DOM renderer stays */ }
  }

  // The app paints every cell, so the page takes the colour of the cell in the corner.
  #matchPageColour() {
    const now = performance.now();
    if (now - this.#colourCheckedAt < COLOUR_CHECK_MS) return;
    this.#colourCheckedAt = now;
    const cell = this.#terminal.buffer.active.getLine(this.#terminal.rows - 1)?.getCell(0);
    if (cell?.isBgRGB()) setPageColour(`#${cell.getBgColor().toString(16).padStart(6, "0")}`);
  }
}

async function loadFonts(size) {
  const wanted = [`${size}px "JetBrains Mono"`, `bold ${size}px "JetBrains Mono"`];
  const later = [`italic ${size}px "JetBrains Mono"`];
  const load = (font, text) => document.fonts.load(font, text).catch(() => {});
  const symbols = load(`${size}px "DejaVu Symbols"`, "✓");
  later.forEach((font) => load(font, "a"));
  await Promise.race([Promise.all([...wanted.map((font) => load(font, "a")), symbols]),
    new Promise((resolve) => setTimeout(resolve, FONTS_TIMEOUT_MS))]);
}

function hasGpu() {
  const gl = document.createElement("canvas").getContext("webgl2", { failIfMajorPerformanceCaveat: true });
  if (!gl) return false;
  const name = gl.getExtension("WEBGL_debug_renderer_info")?.UNMASKED_RENDERER_WEBGL;
  const isSoftware = /swiftshader|llvmpipe|software|basic render/i.test(name ? gl.getParameter(name) : "");
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return !isSoftware;
}

// Files go into the workspace's uploads folder, and then into the prompt.
import { LONGEST_TEXT, paste } from "./paste.js";
import { Progress, toast } from "./toasts.js";

const FOLDER = "uploads", MOST_AT_ONCE = 20, LONGEST_NAME = 120;

export class Files {
  #inserted;
  #input = document.getElementById("file-input");
  #limit = Number(document.body.dataset.maxUploadMb);

  constructor(inserted) {
    this.#inserted = inserted;
    this.#input.onchange = () => { this.upload([...this.#input.files]); this.#input.value = ""; };
  }

  pick() { this.#input.click(); }

  // Drop and paste, wherever they happen on the page.
  bind(screen) {
    const veil = document.getElementById("drop");
    let depth = 0;
    const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
    const show = (by) => { depth = Math.max(0, depth + by); veil.hidden = depth === 0; };
    addEventListener("dragenter", (event) => { if (carriesFiles(event)) show(1); });
    addEventListener("dragleave", (event) => { if (carriesFiles(event)) show(-1); });
    addEventListener("dragover", (event) => { if (carriesFiles(event)) event.preventDefault(); });
    addEventListener("drop", (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      show(-depth);
      this.upload([...event.dataTransfer.files]);
    });
    addEventListener("paste", (event) => {
      if (event.target.closest?.("#dock, dialog")) { if (!event.clipboardData.files.length) return; }
      const text = event.clipboardData.getData("text/plain");
      if (event.clipboardData.files.length && !text) this.upload([...event.clipboardData.files]);
      else if (text.length > LONGEST_TEXT) paste(text, screen, this);
      else return;
      event.preventDefault();
      event.stopPropagation();
    }, { capture: true });
  }

  // Saves what the app offers; a hidden frame or a new tab would leave the screen.
  save(url) {
    const link = Object.assign(document.createElement("a"), { href: url, download: "" });
    document.body.append(link);
    link.click();
    link.remove();
  }

  async upload(files) {
    if (files.length > MOST_AT_ONCE) toast(`${MOST_AT_ONCE} files at once are the most; the others were left out`);
    const paths = [];
    for (const file of files.slice(0, MOST_AT_ONCE)) {
      const path = await this.#uploadOne(file);
      if (path) paths.push(path);
    }
    if (paths.length) this.#inserted(paths);
  }

  async #uploadOne(file) {
    if (file.size > this.#limit * 1024 * 1024) {
      toast(`${file.name} is too large: ${this.#limit} MB are the most`);
      return null;
    }
    const progress = new Progress(file.name);
    try {
      const name = await freeName(cleanName(file));
      await put(`/files/${FOLDER}/${encodeURIComponent(name)}`, file, progress);
      progress.done();
      return `${FOLDER}/${name}`;
    } catch (error) {
      progress.fail(error.message);
      return null;
    }
  }
}

function cleanName(file) {
  const isNameless = /^(image|pasted)\.\w+$/.test(file.name);
  const stamp = new Date().toISOString().replace(/[-:]/g, "").slice(0, 15);
  const name = isNameless ? file.name.replace(".", `-${stamp}.`) : file.name;
  return name.normalize("NFC").replace(/[\s/\\\p{Cc}]+/gu, "-").replace(/^[.-]+/, "").slice(-LONGEST_NAME) || `file-${stamp}`;
}

// A file of that name may be there already; it must not be lost.
async function freeName(name) {
  const [, stem, ending] = /^(.*?)(\.[^.]*)?$/.exec(name);
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? name : `${stem}-${number}${ending ?? ""}`;
    const answer = await fetch(`/files/${FOLDER}/${encodeURIComponent(candidate)}`, { method: "HEAD", cache: "no-store" })
      .catch(() => { throw new Error("No connection"); });
    if (!answer.ok) return candidate;
  }
}

function put(url, file, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", url);
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.upload.onprogress = (event) => progress.show(event.loaded / (event.total || 1));
    request.onload = () => (request.status < 300 ? resolve() : reject(new Error(reasonOf(request))));
    request.onerror = () => reject(new Error("No connection"));
    request.onabort = () => reject(new Error("Cancelled"));
    progress.oncancel = () => request.abort();
    request.send(file);
  });
}

function reasonOf(request) {
  if (request.status === 401) return "You are signed out";
  if (request.status === 413) return "Too large for the server";
  try {
    return JSON.parse(request.responseText).error;
  } catch {
    return `The server answered ${request.status}`;
  }
}

// Uploads files into the workspace's uploads folder and adds their paths to the prompt; saves files that the app offers.
import { MAX_PASTE_CHARS, paste } from "./paste.js";
import { Progress, toast } from "./toasts.js";

const FOLDER = "uploads", MAX_FILES = 20, MAX_NAME_CHARS = 120;

export class Files {
  #onUploaded;
  #input = document.getElementById("file-input");
  #limit = Number(document.body.dataset.maxUploadMb);

  constructor(onUploaded) {
    this.#onUploaded = onUploaded;
    this.#input.onchange = () => { this.upload([...this.#input.files]); this.#input.value = ""; };
  }

  pick() { this.#input.click(); }

  // Handles files that are dropped or pasted anywhere on the page.
  bind(screen) {
    const overlay = document.getElementById("drop");
    let depth = 0;
    const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
    const show = (by) => { depth = Math.max(0, depth + by); overlay.hidden = depth === 0; };
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
      else if (text.length > MAX_PASTE_CHARS) paste(text, screen, this);
      else return;
      event.preventDefault();
      event.stopPropagation();
    }, { capture: true });
  }

  // A link with `download` saves the file; a new tab or a navigation would cover the screen.
  save(url) {
    const link = Object.assign(document.createElement("a"), { href: url, download: "" });
    document.body.append(link);
    link.click();
    link.remove();
  }

  async upload(files) {
    if (files.length > MAX_FILES) toast(`Only the first ${MAX_FILES} files are uploaded`);
    const paths = [];
    for (const file of files.slice(0, MAX_FILES)) {
      const path = await this.#uploadOne(file);
      if (path) paths.push(path);
    }
    if (paths.length) this.#onUploaded(paths);
  }

  async #uploadOne(file) {
    if (file.size > this.#limit * 1024 * 1024) {
      toast(`${file.name} is too large. The limit is ${this.#limit} MB.`);
      return null;
    }
    const progress = new Progress(file.name);
    try {
      const name = await unusedName(safeName(file));
      await put(`/files/${FOLDER}/${encodeURIComponent(name)}`, file, progress);
      progress.finish();
      return `${FOLDER}/${name}`;
    } catch (error) {
      progress.fail(error.message);
      return null;
    }
  }
}

function safeName(file) {
  const isGeneric = /^(image|pasted)\.\w+$/.test(file.name);
  const stamp = new Date().toISOString().replace(/[-:]/g, "").slice(0, 15);
  const name = isGeneric ? file.name.replace(".", `-${stamp}.`) : file.name;
  return name.normalize("NFC").replace(/[\s/\\\p{Cc}]+/gu, "-").replace(/^[.-]+/, "").slice(-MAX_NAME_CHARS) || `file-${stamp}`;
}

// Adds a number to the name if the file exists, so that it is not overwritten.
async function unusedName(name) {
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
    request.onload = () => (request.status < 300 ? resolve() : reject(new Error(failureReason(request))));
    request.onerror = () => reject(new Error("No connection"));
    request.onabort = () => reject(new Error("Cancelled"));
    progress.oncancel = () => request.abort();
    request.send(file);
  });
}

function failureReason(request) {
  if (request.status === 401) return "You are signed out";
  if (request.status === 413) return "Too large for the server";
  try {
    return JSON.parse(request.responseText).error;
  } catch {
    return `The server answered with status ${request.status}`;
  }
}

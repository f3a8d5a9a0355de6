// Keeps a page of /m up to date. Every link and form also works without this script.
(() => {
  "use strict";
  const live = document.body.dataset.live;
  const find = (id) => document.getElementById(id);

  // On devices with a mouse, Enter sends and Shift+Enter breaks the line; on touch screens Enter breaks the line.
  const prompt = find("prompt");
  if (prompt && matchMedia("(pointer: fine)").matches) {
    prompt.addEventListener("keydown", (key) => {
      if (key.key === "Enter" && !key.shiftKey && !key.isComposing) {
        key.preventDefault();
        prompt.form.requestSubmit();
      }
    });
  }
  // A second tap must not send twice. Buttons are disabled after the submit, so that the tapped one's value is sent.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => { for (const button of form.querySelectorAll("button")) button.disabled = true; });
  });
  addEventListener("pageshow", () => {
    for (const form of document.forms) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("button")) button.disabled = false;
    }
  });

  if (!live || !window.EventSource) return;

  const ids = (root) => [...root.querySelectorAll("[data-request]")].map((request) => request.dataset.request).join();
  const atEnd = () => innerHeight + scrollY > document.documentElement.scrollHeight - 160;
  const toEnd = () => scrollTo({ top: document.documentElement.scrollHeight });
  // Shows the headline first: people should read what they allow before they see the button.
  const toRequest = () => {
    const request = document.querySelector("#requests .request");
    request?.scrollIntoView();
    return Boolean(request);
  };
  const hasInput = () => [...document.querySelectorAll("#prompt, #requests textarea, #requests input[type=text]")].some((field) => field.value.trim());
  let timer = 0, busy = false, again = false;

  // Fetches the page again and replaces the parts that changed, so that only the server decides how they look.
  async function refresh() {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.pathname + location.search, { headers: { Accept: "text/html", "X-Background": "1" } });
      if (answer.redirected || [401, 403, 404].includes(answer.status)) {  // signed out, or deleted
        if (!hasInput()) location.reload();  // keep text until it is sent; the answer to that shows the error
        return;
      }
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const followed = atEnd();
      let asked = false;
      const open = new Set([...document.querySelectorAll("#conversation details[open] summary")].map((summary) => summary.textContent));
      for (const id of ["conversation", "state", "working", "facts", "sessions"]) {
        const before = find(id), after = fresh.getElementById(id);
        if (before && after && before.innerHTML !== after.innerHTML) before.replaceWith(after);
      }
      for (const summary of document.querySelectorAll("#conversation summary")) {
        if (open.has(summary.textContent)) summary.parentElement.open = true;
      }
      for (const id of ["requests", "waiting"]) {  // replaced only when requests open or close, to keep a comment being typed
        const before = find(id), after = fresh.getElementById(id);
        if (before && after && ids(before) !== ids(after)) {
          before.replaceWith(after);
          asked = toRequest();
        }
      }
      document.title = fresh.title;
      if (prompt && live !== "list") prompt.placeholder = fresh.getElementById("prompt").placeholder;
      if (live !== "list" && followed && !asked) toEnd();
    } catch {
      // The next event tries again.
    } finally {
      busy = false;
      if (again) { again = false; soon(); }
    }
  }
  const soon = () => { clearTimeout(timer); timer = setTimeout(refresh, 150); };

  if (live === "list") {
    setInterval(() => { if (!document.hidden) refresh(); }, 4000);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
    return;
  }

  const stream = find("stream"), streamed = stream.querySelector("p");
  let message = "", seen = Number(document.body.dataset.seq), wait = 500;

  function connect() {
    const source = new EventSource(`/sessions/${encodeURIComponent(live)}/events?after=${seen}`);
    const on = (kind, act) => source.addEventListener(kind, (event) => {
      const data = JSON.parse(event.data);
      if (data.seq <= seen) return;  // after a reconnect the stream repeats some events
      seen = data.seq;
      act(data);
    });
    on("text_delta", (delta) => {
      if (delta.parentToolUseId) return;
      if (delta.messageId !== message) { message = delta.messageId; streamed.textContent = ""; }
      const followed = atEnd();
      stream.hidden = false;
      streamed.append(delta.text);
      if (followed) toEnd();
    });
    on("notice", (notice) => {
      const line = document.createElement("p");
      line.className = "faint warning";
      line.setAttribute("role", "status");
      line.textContent = notice.text;
      find("conversation").append(line);
    });
    for (const kind of ["message", "turn_finished"]) on(kind, () => { stream.hidden = true; soon(); });
    for (const kind of ["session_state", "tool_started", "tool_finished", "request_opened", "request_closed",
      "turn_queued", "turn_withdrawn", "turn_started", "session_changed", "session_reset"]) on(kind, soon);
    source.addEventListener("open", () => { wait = 500; soon(); });
    source.addEventListener("error", () => {
      find("state").textContent = "reconnecting…";
      if (source.readyState !== EventSource.CLOSED) return;
      // The browser does not reconnect after an answer such as 503, which a restarting server gives.
      setTimeout(connect, wait);
      wait = Math.min(wait * 2, 5000);
      soon();
    });
  }
  connect();
  if ((location.hash === "#end" || !location.search) && !toRequest()) toEnd();
})();

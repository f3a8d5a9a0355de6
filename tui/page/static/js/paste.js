// Pastes text into the app; a longer text is uploaded as a file instead.
export const MAX_PASTE_CHARS = 200_000;

export function paste(text, screen, files) {
  if (text.length <= MAX_PASTE_CHARS) screen.paste(text);
  else files.upload([new File([text], "pasted.txt", { type: "text/plain" })]);
}

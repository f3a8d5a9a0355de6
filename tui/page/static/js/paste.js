// A pasted text goes to the app; one too long to read there becomes a file.
export const LONGEST_TEXT = 200_000;

export function paste(text, screen, files) {
  if (text.length <= LONGEST_TEXT) screen.paste(text);
  else files.upload([new File([text], "pasted.txt", { type: "text/plain" })]);
}

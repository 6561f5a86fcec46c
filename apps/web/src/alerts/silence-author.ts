// Who makes silences from this browser: asked once, then remembered.
const key = "narthex.silence.author";

export function storedAuthor(): string {
  return localStorage.getItem(key) ?? "";
}

export function storeAuthor(author: string): void {
  localStorage.setItem(key, author);
}

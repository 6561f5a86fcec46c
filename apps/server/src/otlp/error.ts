/** What cannot be translated; the text is Prometheus' own where it has one. */
export class TranslationError extends Error {
  override readonly name = "TranslationError";
}

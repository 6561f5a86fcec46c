/** The first `max` characters, the last of them "…" where something was cut; counted as Go counts runes. */
export function truncateRunes(text: string, max: number): string {
  // A string has at least as many UTF-16 units as runes.
  if (text.length <= max) return text;
  const runes = Array.from(text);
  if (runes.length <= max) return text;
  return max <= 3 ? runes.slice(0, max).join("") : `${runes.slice(0, max - 1).join("")}…`;
}

// How well a name answers to a search term, from 0 (not at all) to 1 (the same). Goes to: api/search.

export type FuzzyAlgorithm = "subsequence" | "jarowinkler";

export const fuzzyScores: Readonly<Record<FuzzyAlgorithm, (term: string, text: string) => number>> = {
  subsequence: subsequenceScore,
  jarowinkler: jaroWinklerScore,
};

/**
 * The term's characters must stand in the text in their order. The fewer others there are between the first and the last of
 * them, and around, the better.
 */
export function subsequenceScore(term: string, text: string): number {
  if (term === text) return 1;
  const at = text.indexOf(term);
  const [start, end] = at >= 0 ? [at, at + term.length] : spanOf(term, text);
  if (end < 0) return 0;
  const density = term.length / (end - start || 1);
  const share = term.length / text.length;
  // What begins with the term is more likely meant than what has it in its midst.
  const place = start === 0 ? 1 : 0;
  return 0.6 * density + 0.3 * share + 0.1 * place;
}

/** From the first character to behind the last; an end of -1 where the text lacks one. */
function spanOf(term: string, text: string): readonly [start: number, end: number] {
  let start = -1;
  let end = 0;
  for (const character of term) {
    const found = text.indexOf(character, end);
    if (found < 0) return [0, -1];
    if (start < 0) start = found;
    end = found + character.length;
  }
  return [Math.max(start, 0), end];
}

const prefixMax = 4;
const prefixWeight = 0.1;

/** Jaro's similarity, raised for a common beginning as Winkler did. */
export function jaroWinklerScore(term: string, text: string): number {
  const jaro = jaroScore(term, text);
  let prefix = 0;
  while (prefix < prefixMax && prefix < term.length && term[prefix] === text[prefix]) prefix++;
  return jaro + prefix * prefixWeight * (1 - jaro);
}

function jaroScore(a: string, b: string): number {
  if (a === b) return 1;
  const reach = Math.max(0, Math.floor(Math.max(a.length, b.length) / 2) - 1);
  const taken = new Uint8Array(b.length);
  const matched: string[] = [];
  for (let i = 0; i < a.length; i++) {
    for (let j = Math.max(0, i - reach); j < Math.min(b.length, i + reach + 1); j++) {
      if (taken[j] || a[i] !== b[j]) continue;
      taken[j] = 1;
      matched.push(a[i] as string);
      break;
    }
  }
  if (matched.length === 0) return 0;
  const others = [...b].filter((_, j) => taken[j]);
  const transposed = matched.filter((character, i) => character !== others[i]).length / 2;
  const m = matched.length;
  return (m / a.length + m / b.length + (m - transposed) / m) / 3;
}

// Expressions with a mistake or two, made of good ones by taking words out, in, and from elsewhere; and which answers about
// them differ between Prometheus 2.42 and 3 by the grammar.
import type { Random } from "@narthex/stdx";

const word = /"(?:[^"\\]|\\.)*"|[a-zA-Z_:][\w:]*|[0-9][\w.]*|==|!=|>=|<=|=~|!~|\s+|./gs;

const strangers = [
  ..."(){}[],:=!.;$+-*/%^<>\"'`\\é日\n",
  ..."!= =~ == >= and or unless atan2 by without on ignoring group_left group_right bool offset @ start end".split(" "),
  ..."sum topk quantile count_values rate time absent vector a:b __name__ le Inf nan 0x1f 08 5m 1.5".split(" "),
  ...'"x"|# why|# why\n|[5m]|[5m:1m]|(up)|{a="b"}|by (a)|on (a)|@ start()|offset -5m|, '.split("|"),
];

/** One or two words of `expression` are dropped, replaced, put in or swapped, or its end is cut off. */
export function spoil(random: Random, expression: string): string {
  const words = expression.match(word) ?? [];
  const place = (): number => Math.floor(random() * (words.length + 1));
  const stranger = (): string => strangers[Math.floor(random() * strangers.length)] as string;
  for (let changes = random() < 0.5 ? 1 : 2; changes > 0; changes--) {
    const at = place();
    const choice = random();
    if (choice < 0.3) words.splice(at, 1);
    else if (choice < 0.6) words.splice(at, 0, stranger());
    else if (choice < 0.8) words.splice(at, 1, stranger());
    else if (choice < 0.9) words.splice(at, 0, ...words.splice(place(), 1));
    else words.length = Math.min(words.length, at);
  }
  return words.join("");
}

const laterGrammar = [
  // Numbers and durations are one, and are reckoned with.
  /duration|unit character|bad number|parsing number|unexpected number/,
  /in subquery or range|in subquery selector|unexpected colon|unclosed left bracket|left bracket/,
  /trailing commas/,
  // Large numbers are printed with all digits, and subqueries are indented.
  /\de\+\d|\(\n[^\s)]/,
  // 2.42 shows a regular expression with the anchors that it adds.
  /error parsing regexp/,
  // Names and labels may be quoted.
  /unexpected string/,
  // An operator that 2.42 has no name for, and one that it lacks.
  /<Item \d+>/,
  /unexpected <op:\/>/,
  // A fault in brackets is seen by their own lexer, before or after 2.42 sees another.
  /in duration expression/,
  /no @ modifiers allowed before range/,
];

const laterFunctions = /\b(start|end)\s*\(/i;
const laterNames = /double_exponential_smoothing/;

/** Whether grammar that came after 2.42 may be why they answer differently. */
export function isLaterGrammar(query: string, ours: string, theirs: string): boolean {
  if (laterNames.test(query) || (laterFunctions.test(query) && theirs.includes('unexpected "("'))) return true;
  return laterGrammar.some((form) => form.test(theirs) || form.test(ours));
}

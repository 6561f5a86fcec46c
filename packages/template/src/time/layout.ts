// Go's reference-time layouts, cut into their parts: "2006-01-02 15:04" → year, "-", month, …
// Used by time/format and time/parse.

export type LayoutPart =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "field"; readonly text: string };

// In the order in which Go tries them. "Jan" and "Mon" are parts only before no small letter, fractions before no digit.
const fieldForm =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|002|0[1-6]|15|1|2006|__2|_2(?!006)|2|3|4|5|PM|pm|-070000|-07:00:00|-0700|-07:00|-07|Z070000|Z07:00:00|Z0700|Z07:00|Z07|[.,]0+(?![0-9])|[.,]9+(?![0-9])/g;

export function splitLayout(layout: string): LayoutPart[] {
  const parts: LayoutPart[] = [];
  let end = 0;
  for (const match of layout.matchAll(fieldForm)) {
    if (match.index > end) parts.push({ kind: "literal", text: layout.slice(end, match.index) });
    parts.push({ kind: "field", text: match[0] });
    end = match.index + match[0].length;
  }
  if (end < layout.length) parts.push({ kind: "literal", text: layout.slice(end) });
  return parts;
}

export const monthNames: readonly string[] = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

export const weekdayNames: readonly string[] = [
  "Sunday",
  "Monday",
  "Tuesday",
  "Wednesday",
  "Thursday",
  "Friday",
  "Saturday",
];

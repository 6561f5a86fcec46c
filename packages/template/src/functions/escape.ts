// The escaping of text/template's own html, js and urlquery.

const htmlEscapes: Readonly<Record<string, string>> = {
  "\0": "\ufffd",
  '"': "&#34;",
  "&": "&amp;",
  "'": "&#39;",
  "<": "&lt;",
  ">": "&gt;",
};

export function escapeHtml(text: string): string {
  return text.replace(/[\0"&'<>]/g, (character) => htmlEscapes[character] as string);
}

const jsEscapes: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "'": "\\'",
  '"': '\\"',
  "<": "\\u003C",
  ">": "\\u003E",
  "&": "\\u0026",
  "=": "\\u003D",
};

export function escapeJs(text: string): string {
  let escaped = "";
  for (const character of text) {
    const known = jsEscapes[character];
    escaped += known ?? (isPrintable(character) ? character : escapeUnits(character));
  }
  return escaped;
}

function isPrintable(character: string): boolean {
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character);
}

function escapeUnits(character: string): string {
  const code = character.codePointAt(0) as number;
  return `\\u${code.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** url.QueryEscape: everything but letters, digits and -_.~ as %XX, a space as +. */
export function escapeQuery(text: string): string {
  return escapeUrlBytes(text).replaceAll("%20", "+");
}

// encodeURIComponent refuses them.
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** As `escapeQuery`, a space as %20. */
export function escapeUrlBytes(text: string): string {
  return encodeURIComponent(text.replace(loneSurrogate, "\ufffd")).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

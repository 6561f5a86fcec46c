// Prints and parses float64 as Go's strconv does: the form that Prometheus' APIs, expositions and errors use.

/** As Go's FormatFloat(v, 'f', -1, 64): shortest digits that read back, never an exponent. */
export function printFloat(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return Object.is(value, -0) ? "-0" : String(value);
  if (!Number.isFinite(value)) return printSpecial(value);
  const text = String(value);
  return text.includes("e") ? expandExponent(text) : text;
}

/** As Go's FormatFloat(v, 'g', -1, 64): exponent form below 1e-4 and from 1e6 on, exponents of two digits at least. */
export function printFloatG(value: number): string {
  return printShortest(value, -4, 6);
}

/** As encoding/json and Prometheus' query API: exponent form below 1e-6 and from 1e21 on. */
export function printFloatApi(value: number): string {
  // Most values: JavaScript itself writes no exponent between the two bounds, and the same digits.
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-6 && magnitude < 1e21) return String(value);
  return printShortest(value, -6, 21);
}

function printShortest(value: number, exponentMin: number, exponentMax: number): string {
  if (!Number.isFinite(value)) return printSpecial(value);
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-4 && magnitude < 1e6) return String(value);
  const [mantissa, exponentText] = value.toExponential().split("e") as [string, string];
  const exponent = Number(exponentText);
  if (exponent >= exponentMin && exponent < exponentMax) return printFloat(value);
  const digits = String(Math.abs(exponent)).padStart(2, "0");
  return `${mantissa}e${exponent < 0 ? "-" : "+"}${digits}`;
}

function printSpecial(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "+Inf" : "-Inf";
}

function expandExponent(text: string): string {
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text) as RegExpExecArray;
  const [, sign, whole, fraction = "", exponentText] = match as unknown as [
    string,
    string,
    string,
    string | undefined,
    string,
  ];
  const exponent = Number(exponentText);
  const digits = whole + fraction;
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  return sign + digits.padEnd(exponent + 1, "0");
}

const decimal = /^[+-]?(?:\d+(?:_\d+)*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const hexadecimal = /^([+-]?)0[xX]([0-9a-fA-F_]*)(?:\.([0-9a-fA-F_]*))?(?:[pP]([+-]?\d+))?$/;

/** As Go's ParseFloat with Inf, NaN and hexadecimal forms in any case; undefined when `text` is not a number. */
export function parseFloatGo(text: string): number | undefined {
  if (decimal.test(text)) return text.includes("_") ? undefined : Number(text);
  switch (text.toLowerCase()) {
    case "nan":
      return NaN;
    case "inf":
    case "+inf":
    case "infinity":
    case "+infinity":
      return Infinity;
    case "-inf":
    case "-infinity":
      return -Infinity;
  }
  return parseHexadecimal(text);
}

function parseHexadecimal(text: string): number | undefined {
  const match = hexadecimal.exec(text);
  if (!match) return undefined;
  const [, sign, whole = "", fraction = "", exponent = "0"] = match;
  const digits = (whole + fraction).replaceAll("_", "");
  if (digits === "" || match[4] === undefined) return undefined;
  let mantissa = 0;
  for (const digit of digits) mantissa = mantissa * 16 + Number.parseInt(digit, 16);
  const value = mantissa * 2 ** (Number(exponent) - 4 * fraction.replaceAll("_", "").length);
  return sign === "-" ? -value : value;
}

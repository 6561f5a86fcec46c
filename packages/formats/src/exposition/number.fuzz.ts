// The fast reader against the engine's own, bit for bit, over decimals of every length and exponent.
import { encodeUtf8, type Random, randomFrom } from "@narthex/stdx";
import { expect, it } from "vitest";
import { NumberReader } from "./number.js";

const seed = Number(process.env["SEED"] ?? 11);
const steps = Number(process.env["STEPS"] ?? 40_000);

function anyDigits(random: Random, countMax: number): string {
  let text = "";
  for (let n = Math.floor(random() * (countMax + 1)); n > 0; n--) text += Math.floor(random() * 10);
  return text;
}

function anyNumber(random: Random): string {
  const sign = random() < 0.2 ? "-" : random() < 0.1 ? "+" : "";
  if (random() < 0.4) return sign + String(random() * 10 ** Math.floor(random() * 20 - 8));
  const fraction = random() < 0.7 ? `.${anyDigits(random, 12)}` : "";
  const exponent = random() < 0.3 ? `e${random() < 0.5 ? "-" : "+"}${Math.floor(random() * 30)}` : "";
  return `${sign}${Math.floor(random() * 10)}${anyDigits(random, 12)}${fraction}${exponent}`;
}

// Decimals half-way between two neighbouring doubles, where rounding is hardest.
function halfway(random: Random): string {
  const whole = BigInt(2 ** 53) + BigInt(Math.floor(random() * 2 ** 52)) * 2n;
  return String(whole + 1n);
}

it(`reads as Number does (seed ${seed})`, () => {
  const random = randomFrom(seed);
  for (let step = 0; step < steps; step++) {
    const text = random() < 0.05 ? halfway(random) : anyNumber(random);
    const bytes = encodeUtf8(text);
    const reader = new NumberReader(bytes);
    expect(reader.read(0, bytes.length), text).toBe(true);
    if (!Object.is(reader.value[0], Number(text)))
      expect(`${text}: ${reader.value[0]}`).toBe(`${text}: ${Number(text)}`);
  }
});

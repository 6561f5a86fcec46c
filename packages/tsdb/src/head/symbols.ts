// Every label name and value of the head, once. A symbol lives as long as something uses it; its number is then reused.
import { assert, grown } from "@narthex/stdx";

export class Symbols {
  readonly #ids = new Map<string, number>();
  readonly #texts: (string | undefined)[] = [];
  #uses = new Uint32Array(1024);
  readonly #free: number[] = [];
  /** UTF-16 units of all texts, a measure of memory. */
  unitCount = 0;

  get size(): number {
    return this.#ids.size;
  }

  /** All symbols, in any order. */
  texts(): string[] {
    return [...this.#ids.keys()];
  }

  /** The symbol's number, or -1. */
  find(text: string): number {
    return this.#ids.get(text) ?? -1;
  }

  text(id: number): string {
    return this.#texts[id] as string;
  }

  /** Finds or makes the symbol and counts one use of it. */
  use(text: string): number {
    const id = this.#ids.get(text) ?? this.#add(text);
    this.#uses[id]!++;
    return id;
  }

  /** Takes one use back; with the last one the symbol goes. */
  release(id: number): void {
    assert(this.#uses[id]! > 0, "a released symbol is in use");
    if (--this.#uses[id]! > 0) return;
    const text = this.text(id);
    this.#ids.delete(text);
    this.#texts[id] = undefined;
    this.#free.push(id);
    this.unitCount -= text.length;
  }

  #add(text: string): number {
    const id = this.#free.pop() ?? this.#texts.length;
    this.#uses = grown(this.#uses, id + 1);
    // A substring may keep a whole scrape body alive; a copy of its own does not.
    const own = ownCopy(text);
    this.#ids.set(own, id);
    this.#texts[id] = own;
    this.unitCount += own.length;
    return id;
  }
}

// V8 makes slices of strings of 13 units and more; shorter ones are copied anyway.
function ownCopy(text: string): string {
  return text.length < 13 ? text : Buffer.from(text, "utf16le").toString("utf16le");
}

// Long answers of the main thread, printed in slices: a list of thousands of rules or targets must not hold up a scrape.
// Comes from: the endpoints that list what the process itself knows. Goes to: api/respond, as a whole body.
import { pauses } from "@narthex/tsdb";
import { type Answer, jsonType } from "./respond.js";

/** Of one answer. */
export class SlicedPrinter {
  readonly #pause = pauses();

  /** A list as JSON; other work of the process runs in between. */
  async list<T>(items: Iterable<T>, print: (item: T) => unknown): Promise<string> {
    return this.listOf(items, (item) => JSON.stringify(print(item)));
  }

  /** The same, of items that are printed already or in slices, too. */
  async listOf<T>(items: Iterable<T>, print: (item: T) => string | Promise<string>): Promise<string> {
    const parts: string[] = [];
    for (const item of items) {
      parts.push(await print(item));
      await this.#pause();
    }
    return `[${parts.join(",")}]`;
  }
}

/** An object of fields that are printed already. */
export function printFields(fields: Readonly<Record<string, string>>): string {
  const printed = Object.entries(fields).map(([name, json]) => `${JSON.stringify(name)}:${json}`);
  return `{${printed.join(",")}}`;
}

/** The envelope around data that is printed already. */
export function printedData(data: string): Answer {
  return { kind: "body", body: printFields({ status: '"success"', data }), contentType: jsonType };
}

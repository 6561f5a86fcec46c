// Standard output for much text: parts of some size, and no more than the reader takes.
import { once } from "node:events";

const partCharacters = 65_536;

export class Output {
  #part = "";

  /** Call `flush` in the end. */
  async print(text: string): Promise<void> {
    this.#part += text;
    if (this.#part.length >= partCharacters) await this.flush();
  }

  async flush(): Promise<void> {
    const part = this.#part;
    this.#part = "";
    if (part !== "" && !process.stdout.write(part)) await once(process.stdout, "drain");
  }
}

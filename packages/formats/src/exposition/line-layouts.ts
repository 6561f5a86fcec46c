// What the caches of all targets have in common: layouts of lines, and memory to change lines in.
// Comes from: columns. Goes to: series-cache.
import type { LineLayout, SealedLines } from "./line-layout.js";
import { OpenLines } from "./open-lines.js";

export class LineLayouts {
  readonly #layouts = new Map<number, WeakRef<LineLayout>>();
  #sweepSize = 64;
  /** Memory of lines that were sealed, for the next that change: most targets' lines change in their first scrape only. */
  #idle: OpenLines | undefined;

  /** The first `expected` lines have come again in the body in work. */
  open(sealed: SealedLines, expected: number): OpenLines {
    const lines = this.#idle ?? new OpenLines();
    this.#idle = undefined;
    lines.restore(sealed, expected);
    return lines;
  }

  /** The lines are not to be used afterwards. */
  seal(lines: OpenLines): SealedLines {
    const sealed = lines.seal(() => this.#layoutOf(lines));
    lines.attach(new Uint8Array(0));
    if (lines.isSmall) this.#idle = lines;
    return sealed;
  }

  /** One that is there already, if it can be. Of two with one hash the newer is found. */
  #layoutOf(lines: OpenLines): LineLayout {
    const hash = lines.layoutHash();
    const known = this.#layouts.get(hash)?.deref();
    if (known !== undefined && lines.hasKeysOf(known)) return known;
    const layout = lines.toLayout();
    this.#layouts.set(hash, new WeakRef(layout));
    if (this.#layouts.size > this.#sweepSize) this.#sweep();
    return layout;
  }

  #sweep(): void {
    for (const [hash, layout] of this.#layouts) if (layout.deref() === undefined) this.#layouts.delete(hash);
    this.#sweepSize = 2 * Math.max(32, this.#layouts.size);
  }
}

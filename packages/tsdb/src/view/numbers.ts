// Lists of numbers that grow, for what is encoded once and handed over.

export class Uint32List {
  #data: Uint32Array<ArrayBuffer> = new Uint32Array(256);
  length = 0;

  /** Room for `count` more; returns the array to write into, from `length` on. Then add to `length`. */
  reserve(count: number): Uint32Array {
    if (this.length + count > this.#data.length) {
      const larger = new Uint32Array(Math.max(this.length + count, this.#data.length * 2));
      larger.set(this.#data);
      this.#data = larger;
    }
    return this.#data;
  }

  push(value: number): void {
    this.reserve(1)[this.length++] = value;
  }

  /** A copy of its own length. */
  toArray(): Uint32Array<ArrayBuffer> {
    return this.#data.slice(0, this.length);
  }
}

export class Float64List {
  #data: Float64Array<ArrayBuffer> = new Float64Array(256);
  length = 0;

  push(value: number): void {
    if (this.length === this.#data.length) {
      const larger = new Float64Array(this.#data.length * 2);
      larger.set(this.#data);
      this.#data = larger;
    }
    this.#data[this.length++] = value;
  }

  /** A copy of its own length. */
  toArray(): Float64Array<ArrayBuffer> {
    return this.#data.slice(0, this.length);
  }
}

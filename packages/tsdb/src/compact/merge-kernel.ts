// Merges blocks by the kernel: it walks their series in order of labels and copies their chunks, and is brought what it has not yet.
// Comes from: compact/merge-blocks, whose plain code does each series that is not plain.
import { assert } from "@narthex/stdx";
import type { Block } from "../block/block.js";
import type { BlockWriter } from "../block/writer.js";
import { sampleCountOf } from "../chunk/encoding.js";
import type { BlockSpan } from "./series-chunks.js";
import type { SeriesKernel, StartKernel } from "./series-kernel.js";

/** A block, and where in it the merge is. */
export interface MergeSource {
  readonly block: Block;
  readonly refs: Uint32Array;
  /** Place among the refs of the next series. */
  next: number;
  /** The new block's symbol numbers by the block's own. */
  readonly numbers: Uint32Array;
}

export interface PlainMerge {
  /** Adds the series at which some sources stand, which it moves on. */
  addSeries(sources: readonly number[]): void;
  /** Adds all series from where the sources stand. */
  addRest(): Promise<void>;
}

/** Fields of a cursor: words from its beginning, and doubles. As kernel/block.ts has them. */
const words = {
  refsCount: 0,
  refsNext: 1,
  state: 2,
  numbersAt: 3,
  numbersCount: 4,
  indexLength: 5,
  windowSegment: 10,
  windowLength: 11,
};
const doubles = { indexStart: 3, windowStart: 4 };
const headerWords = 16;
const [refsIn, indexIn, chunksIn] = [8192, 24_576, 172_032];
const [isUnread, isEnded] = [0, 2];
const refSegment = 0x100000000;

export class MergeKernel {
  readonly #kernel: SeriesKernel;
  readonly #sources: readonly MergeSource[];
  readonly #sourcesAt: number;
  readonly #cursorBytes: number;
  /** Place of the first ref of each cursor's refs among those of its source. */
  readonly #refsFrom: number[];

  private constructor(kernel: SeriesKernel, sources: readonly MergeSource[]) {
    this.#kernel = kernel;
    this.#sources = sources;
    this.#sourcesAt = kernel.constant("sourcesAt");
    this.#cursorBytes = kernel.constant("cursorBytes");
    this.#refsFrom = sources.map(() => 0);
    let numbersAt = kernel.constant("endAt");
    for (const [i, { numbers }] of sources.entries()) {
      const at = this.#cursorAt(i) / 4;
      // The kernel may have made another block before.
      kernel.words.fill(0, at, at + headerWords);
      kernel.words.set(numbers, numbersAt / 4);
      kernel.words[at + words.numbersAt] = numbersAt;
      kernel.words[at + words.numbersCount] = numbers.length;
      numbersAt += 4 * numbers.length;
    }
  }

  /** Undefined where there is no WebAssembly, or there are too many sources. REQUIRES: none has deleted samples. */
  static open(sources: readonly MergeSource[], start: StartKernel): MergeKernel | undefined {
    const numbersBytes = sources.reduce((sum, { numbers }) => sum + 4 * numbers.length, 0);
    if (sources.length > sourcesMax) return undefined;
    const kernel = start(numbersBytes);
    return kernel && new MergeKernel(kernel, sources);
  }

  async addSeries(
    plain: PlainMerge,
    target: { readonly span: BlockSpan; readonly writer: BlockWriter; readonly pause: () => Promise<void> },
  ): Promise<void> {
    const { writer, pause } = target;
    const kernel = this.#kernel;
    const { answers } = kernel;
    kernel.begin(target.span, writer);
    kernel.call("beginMerge")(this.#sources.length);
    const merge = kernel.call("merge");
    for (;;) {
      const answer = merge();
      const cursor = answer >>> 8;
      switch (answer & 0xff) {
        case answers.done:
          kernel.flush(writer);
          return;
        case answers.plainRest:
          for (const [i, source] of this.#sources.entries()) source.next = this.#placeOf(i);
          kernel.flush(writer);
          return plain.addRest();
        case answers.flush:
          kernel.flush(writer);
          break;
        case answers.nextSegment:
          kernel.flushSegment(writer);
          break;
        case answers.plainSeries:
          kernel.aside(writer, () => plain.addSeries(this.#moveSame()));
          kernel.call("skipSame")();
          break;
        case answers.needRefs:
          this.#loadRefs(cursor);
          break;
        case answers.needIndex:
          this.#loadIndex(cursor);
          break;
        case answers.needChunks:
          this.#loadChunks(cursor);
          break;
        default:
          assert((answer & 0xff) === answers.plainChunk, "the kernel gives one of its answers");
          this.#addPlainChunk(cursor, writer);
      }
      await pause();
    }
  }

  #cursorAt(i: number): number {
    return this.#sourcesAt + i * this.#cursorBytes;
  }

  #placeOf(i: number): number {
    return this.#refsFrom[i]! + this.#kernel.words[this.#cursorAt(i) / 4 + words.refsNext]!;
  }

  /** Has the sources at the series in work stand where their cursors do; returns their numbers. */
  #moveSame(): number[] {
    const same = this.#sources.flatMap((_, i) => ((this.#kernel.same >>> i) & 1 ? [i] : []));
    for (const i of same) (this.#sources[i] as MergeSource).next = this.#placeOf(i);
    return same;
  }

  #loadRefs(i: number): void {
    const { words: memory } = this.#kernel;
    const at = this.#cursorAt(i) / 4;
    const { refs } = this.#sources[i] as MergeSource;
    const from = this.#placeOf(i);
    const some = refs.subarray(from, from + this.#kernel.constant("cursorRefsMax"));
    this.#refsFrom[i] = from;
    memory.set(some, at + refsIn / 4);
    memory[at + words.refsCount] = some.length;
    memory[at + words.refsNext] = 0;
    memory[at + words.state] = some.length === 0 ? isEnded : isUnread;
  }

  #loadIndex(i: number): void {
    const kernel = this.#kernel;
    const at = this.#cursorAt(i);
    const target = kernel.memory.subarray(at + indexIn, at + indexIn + kernel.constant("cursorIndexBytes"));
    const { block } = this.#sources[i] as MergeSource;
    kernel.words[at / 4 + words.indexLength] = block.index.readInto(target, kernel.wanted);
    kernel.doubles[at / 8 + doubles.indexStart] = kernel.wanted;
  }

  #loadChunks(i: number): void {
    const kernel = this.#kernel;
    const at = this.#cursorAt(i);
    const ref = kernel.wanted;
    const target = kernel.memory.subarray(at + chunksIn, at + chunksIn + kernel.constant("cursorChunksBytes"));
    const { block } = this.#sources[i] as MergeSource;
    kernel.words[at / 4 + words.windowLength] = block.chunks.readInto(target, ref);
    kernel.words[at / 4 + words.windowSegment] = Math.floor(ref / refSegment);
    kernel.doubles[at / 8 + doubles.windowStart] = ref % refSegment;
  }

  /** One that is long, or damaged. */
  #addPlainChunk(i: number, writer: BlockWriter): void {
    const kernel = this.#kernel;
    const { block } = this.#sources[i] as MergeSource;
    const data = block.chunks.read(kernel.wanted);
    const ref = kernel.aside(writer, () => writer.addChunk(data));
    kernel.call("chunkIsAt")(ref, data.encoding, sampleCountOf(data));
  }
}

/** `cursorsMax` of kernel/block.ts. */
const sourcesMax = 16;

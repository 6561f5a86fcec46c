// The blocks of a data directory: which there are, which go.
import type { FileSystem } from "@narthex/stdx";
import { CorruptionError } from "../errors.js";
import { Removals } from "../removals.js";
import { Block } from "./block.js";
import { BlockCache } from "./cache.js";
import { type BlockMeta, isOutOfOrder, isUlid, partHintOf, readMeta } from "./meta.js";
import { creationSuffix, deletionSuffix } from "./writer.js";

export interface BlocksOptions {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly cacheBytesMax: number;
  readonly onCorruption: (error: CorruptionError) => void;
}

export class Blocks {
  readonly #options: BlocksOptions;
  /** Folders of blocks that were taken out. */
  readonly removals: Removals;
  readonly #cache: BlockCache;
  readonly #open = new Map<string, Block>();
  /** Folders that could not be opened: reported once, never touched. */
  readonly #damaged = new Set<string>();

  constructor(options: BlocksOptions) {
    this.#options = options;
    this.removals = new Removals(options.fileSystem);
    this.#cache = new BlockCache(options.cacheBytesMax);
  }

  /** In order of time; of blocks with one begin, those come first whose samples count where others have the same time. */
  list(): Block[] {
    return [...this.#open.values()].sort((a, b) => compareBlocks(a.meta, b.meta));
  }

  get bytes(): number {
    return this.list().reduce((sum, block) => sum + block.bytes, 0);
  }

  /** Where blocks end. -Infinity without blocks. */
  get maxTime(): number {
    return Math.max(Number.NEGATIVE_INFINITY, ...this.list().map(({ meta }) => meta.maxTime));
  }

  /** Where blocks begin; Infinity without blocks. */
  get minTime(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.list().map(({ meta }) => meta.minTime));
  }

  /** Where blocks of all samples in order end; such samples before it are refused. -Infinity without blocks. */
  get inOrderMaxTime(): number {
    const inOrder = this.list().filter(isInOrder);
    return Math.max(Number.NEGATIVE_INFINITY, ...inOrder.map(({ meta }) => meta.maxTime));
  }

  /** Whether the head's time begins where the block ends. */
  isLast(block: Block): boolean {
    return isInOrder(block) && block.meta.maxTime === this.inOrderMaxTime;
  }

  get damagedCount(): number {
    return this.#damaged.size;
  }

  /** Removes folders that a crash left half made or half removed. At the start only: queriers may read what is half removed. */
  cleanUp(): void {
    this.#removeBySuffix(deletionSuffix);
    this.dropUnfinished();
  }

  /** Removes what failed compactions left. */
  dropUnfinished(): void {
    this.#removeBySuffix(creationSuffix);
  }

  #removeBySuffix(suffix: string): void {
    const { fileSystem, directory } = this.#options;
    for (const name of fileSystem.readFolder(directory)) {
      if (name.endsWith(suffix)) fileSystem.removeTree(`${directory}/${name}`);
    }
  }

  /** Opens what is new in the directory, lets go of what is gone, removes blocks that others replaced. */
  reload(): void {
    const { fileSystem, directory } = this.#options;
    const names = fileSystem.readFolder(directory).filter(isUlid);
    // Before others go for them: a compaction that failed in its last step leaves a block whose name a loss of power may take.
    if (names.some((name) => !this.#open.has(name) && !this.#damaged.has(name))) fileSystem.syncFolder(directory);
    for (const name of names) this.#openOnce(name);
    for (const [ulid, block] of this.#open) {
      if (names.includes(ulid)) continue;
      this.#open.delete(ulid);
      block.close();
    }
    const replaced = this.list().flatMap(({ meta }) => meta.compaction.parents ?? []);
    this.remove(replaced.map(({ ulid }) => ulid));
    this.remove(this.list().flatMap(({ meta }) => (meta.compaction.deletable ? [meta.ulid] : [])));
  }

  #openOnce(ulid: string): void {
    if (this.#open.has(ulid) || this.#damaged.has(ulid)) return;
    const { fileSystem, directory, onCorruption } = this.#options;
    try {
      this.#open.set(ulid, Block.open(fileSystem, `${directory}/${ulid}`, this.#cache));
    } catch (error) {
      const isMissingFile = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (!(error instanceof CorruptionError) && !isMissingFile) throw error;
      // Differs: see docs/compatibility.md#damaged-blocks. Prometheus does not start; here the other blocks serve.
      this.#damaged.add(ulid);
      const file = `${directory}/${ulid}`;
      onCorruption(
        error instanceof CorruptionError
          ? error
          : new CorruptionError("file missing", { file, offset: 0, cause: error }),
      );
    }
  }

  /** Writes down that the block in which the damage is cannot be compacted, so that the others are. */
  noteFailure(damage: CorruptionError): void {
    const damaged = this.list().find(({ folder }) => damage.file.startsWith(`${folder}/`));
    damaged?.markFailed();
  }

  /** Opens a block just written and takes it in. */
  async add(folder: string, pause: () => Promise<void>): Promise<void> {
    const block = await Block.openSlowly(this.#options.fileSystem, folder, { cache: this.#cache, pause });
    this.#open.set(block.meta.ulid, block);
  }

  /** Takes blocks out and removes their folders, once nobody reads them. */
  remove(ulids: readonly string[]): void {
    const { fileSystem, directory } = this.#options;
    for (const ulid of new Set(ulids)) {
      const block = this.#open.get(ulid);
      if (!block) continue;
      const doomed = `${directory}/${ulid}${deletionSuffix}`;
      fileSystem.rename(block.folder, doomed);
      this.#open.delete(ulid);
      block.close(() => this.removals.start(doomed));
      fileSystem.syncFolder(directory);
    }
  }

  close(): void {
    for (const block of this.#open.values()) block.close();
    this.#open.clear();
  }

  /** A second copy of every block in another folder of the same disk, by hard links. */
  linkInto(folder: string): void {
    const { fileSystem } = this.#options;
    for (const block of this.list()) {
      const target = `${folder}/${readMeta(fileSystem, block.folder).ulid}`;
      fileSystem.makeFolder(`${target}/chunks`);
      const names = ["meta.json", "index", "tombstones"].filter((name) => fileSystem.stat(`${block.folder}/${name}`));
      const chunks = fileSystem.readFolder(`${block.folder}/chunks`).map((name) => `chunks/${name}`);
      for (const name of [...names, ...chunks]) fileSystem.link(`${block.folder}/${name}`, `${target}/${name}`);
      fileSystem.syncFolder(`${target}/chunks`);
      fileSystem.syncFolder(target);
    }
  }
}

/** Whether it holds all samples in order of its time. */
function isInOrder({ meta }: Block): boolean {
  return !isOutOfOrder(meta) && partHintOf(meta) === "";
}

function compareBlocks(a: BlockMeta, b: BlockMeta): number {
  if (a.minTime !== b.minTime) return a.minTime - b.minTime;
  if (isOutOfOrder(a) !== isOutOfOrder(b)) return isOutOfOrder(a) ? 1 : -1;
  return a.ulid < b.ulid ? -1 : 1;
}

// Reads a database that another thread of this process owns: its head through views, its blocks from their folders.
// Comes from: query workers. Blocks stay open from query to query, while they are in the owner's list.
import type { Querier, Queryable } from "@narthex/model";
import { type FileSystem, nodeFileSystem } from "@narthex/stdx";
import { Block } from "../block/block.js";
import { BlockCache } from "../block/cache.js";
import { deletionSuffix } from "../block/writer.js";
import { ArenaReader } from "../head/arena.js";
import { ChunkFileReader } from "../head/chunk-files.js";
import type { Slab } from "../head/memory.js";
import { MergedQuerier } from "../query/merge.js";
import type { TsdbView, ViewBlock } from "./database.js";
import { HeadChunks } from "./head-chunks.js";
import { HeadLabels } from "./head-labels.js";
import { HeadViewQuerier, HeadViewReader } from "./head-reader.js";
import type { HeadView } from "./head-view.js";

export interface TsdbReaderOptions {
  /** The data directory. */
  readonly path: string;
  readonly fileSystem?: FileSystem;
  /** Memory for pages of block files read last. */
  readonly blockCacheBytesMax: number;
}

/** What a view answers. Close it at the end of the query. */
export interface OpenView extends Queryable {
  close(): void;
}

export class TsdbReader {
  readonly #fileSystem: FileSystem;
  readonly #path: string;
  readonly #cache: BlockCache;
  readonly #arena = new ArenaReader();
  #headChunks: HeadChunks | undefined;
  readonly #headLabels = new HeadLabels();
  readonly #blocks = new Map<string, { readonly block: Block; readonly tombstoneVersion: number }>();

  constructor({ path, fileSystem = nodeFileSystem, blockCacheBytesMax }: TsdbReaderOptions) {
    this.#path = path;
    this.#fileSystem = fileSystem;
    this.#cache = new BlockCache(blockCacheBytesMax);
  }

  /** REQUIRES: each slab of the owner's arena once, in order. */
  addSlabs(slabs: readonly Slab[]): void {
    for (const slab of slabs) this.#arena.addSlab(slab);
  }

  /** Lets go of blocks that are not in the owner's list any more, and of files of the head that are gone. */
  retain(blocks: readonly ViewBlock[]): void {
    this.#headChunks?.letGo();
    const versions = new Map(blocks.map(({ ulid, tombstoneVersion }) => [ulid, tombstoneVersion]));
    for (const [ulid, { block, tombstoneVersion }] of this.#blocks) {
      if (versions.get(ulid) === tombstoneVersion) continue;
      this.#blocks.delete(ulid);
      block.close();
    }
  }

  /** REQUIRES: the view's lease lasts until the result is closed, and its slabs were added. */
  open(view: TsdbView): OpenView {
    this.retain(view.blocks);
    const chunkFiles = new ChunkFileReader(this.#fileSystem, this.#headFolder);
    const head = view.head && this.#headQuerier(view.head, chunkFiles);
    return {
      querier: (range) => {
        const blocks = view.blocks.filter(({ minTime, maxTime }) => minTime <= range.end && maxTime > range.start);
        const queriers: Querier[] = [];
        if (blocks.length > 0) queriers.push(MergedQuerier.ofOrdered(blocks.map((block) => this.#querier(block))));
        if (head && range.end >= view.headMinTime) queriers.push(head);
        return MergedQuerier.of(queriers.length > 0 ? queriers : [nothing]);
      },
      close: () => chunkFiles.close(),
    };
  }

  get #headFolder(): string {
    return `${this.#path}/chunks_head`;
  }

  #headQuerier(view: HeadView, chunkFiles: ChunkFileReader): Querier {
    this.#headChunks ??= new HeadChunks({
      fileSystem: this.#fileSystem,
      folder: this.#headFolder,
      arena: this.#arena,
      pages: this.#cache.chunkPages,
    });
    this.#headChunks.follow(view);
    return new HeadViewQuerier(
      new HeadViewReader(view, { arena: this.#arena, chunkFiles, labels: this.#headLabels }),
      this.#headChunks,
    );
  }

  #querier(wanted: ViewBlock): Querier {
    const known = this.#blocks.get(wanted.ulid);
    if (known) return known.block.querier();
    const block = this.#openBlock(wanted.ulid);
    this.#blocks.set(wanted.ulid, { block, tombstoneVersion: wanted.tombstoneVersion });
    return block.querier();
  }

  // A block that compaction has replaced meanwhile has another name, and stays while a lease names it.
  #openBlock(ulid: string): Block {
    const folder = `${this.#path}/${ulid}`;
    try {
      return Block.open(this.#fileSystem, folder, this.#cache);
    } catch (error) {
      const isMissingFile = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (!isMissingFile) throw error;
      return Block.open(this.#fileSystem, `${folder}${deletionSuffix}`, this.#cache);
    }
  }

  close(): void {
    this.retain([]);
    this.#headChunks?.close();
    this.#headChunks = undefined;
  }
}

const nothing: Querier = {
  select: () => [],
  labelNames: () => [],
  labelValues: () => [],
  close: () => undefined,
};

// The blocks of a directory with their sizes, read without opening them. Goes to: `tool tsdb list`.
import { type FileSystem, nodeFileSystem } from "@narthex/stdx";
import { type BlockMeta, isUlid, readMeta } from "../block/meta.js";

export interface ListedBlock {
  readonly meta: BlockMeta;
  readonly folder: string;
  /** Of chunks, index, tombstones and meta.json. */
  readonly bytes: number;
}

/** In order of time. Throws CorruptionError for a meta.json that is none, the file system's error for the folder. */
export function listBlocks(directory: string, fileSystem: FileSystem = nodeFileSystem): ListedBlock[] {
  if (!fileSystem.stat(directory)?.isFolder) throw new Error(`stat ${directory}: no such file or directory`);
  const blocks = fileSystem
    .readFolder(directory)
    .filter((name) => isUlid(name) && fileSystem.stat(`${directory}/${name}/meta.json`))
    .map((name) => {
      const folder = `${directory}/${name}`;
      return { meta: readMeta(fileSystem, folder), folder, bytes: bytesOf(fileSystem, folder) };
    });
  return blocks.sort((a, b) => a.meta.minTime - b.meta.minTime || (a.meta.ulid < b.meta.ulid ? -1 : 1));
}

function bytesOf(fileSystem: FileSystem, folder: string): number {
  const chunks = fileSystem.stat(`${folder}/chunks`) ? fileSystem.readFolder(`${folder}/chunks`) : [];
  const files = ["meta.json", "index", "tombstones", ...chunks.map((name) => `chunks/${name}`)];
  return files.reduce((sum, file) => sum + (fileSystem.stat(`${folder}/${file}`)?.size ?? 0), 0);
}

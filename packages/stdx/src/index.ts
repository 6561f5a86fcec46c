export { AssertionError, assert, unreachable } from "./assert.js";
export { ByteRangeError, ByteReader, ByteWriter, viewOf } from "./bytes.js";
export { type Clock, systemClock } from "./clock.js";
export { crc32c } from "./crc32c.js";
export {
  type File,
  type FileStat,
  type FileSystem,
  nodeFileSystem,
  type OpenMode,
  readWholeFile,
  writeFileAtomically,
} from "./file-system.js";
export { parseFloatGo, printFloat, printFloatApi, printFloatG } from "./float.js";
export { Fnv64a } from "./fnv.js";
export { grown } from "./grown.js";
export {
  type Kernel,
  newSharedMemory,
  type SharedKernel,
  type SharedMemory,
  startKernel,
  startSharedKernel,
} from "./kernel.js";
export { type Random, randomFrom } from "./random.js";
export { SimClock } from "./sim/clock.js";
export { type SimFault, SimFileSystem, type SimFileSystemOptions } from "./sim/file-system.js";
export { Slots } from "./slots.js";
export { compareUtf8, decodeUtf8, encodeUtf8, isValidUtf8 } from "./utf8.js";

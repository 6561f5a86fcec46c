export { assert, AssertionError, unreachable } from "./assert.js";
export { ByteRangeError, ByteReader, ByteWriter } from "./bytes.js";
export { type Clock, systemClock } from "./clock.js";
export { crc32c } from "./crc32c.js";
export { parseFloatGo, printFloat, printFloatApi, printFloatG } from "./float.js";
export { Fnv64a } from "./fnv.js";
export { type Random, randomFrom } from "./random.js";
export { SimClock } from "./sim/clock.js";
export { compareUtf8, decodeUtf8, encodeUtf8, isValidUtf8 } from "./utf8.js";

// The layout of a WAL segment (docs/formats/wal.md): 32 KiB pages of fragments, each `type<1> length<2> crc<4> data`.
// A record is one fragment, or a first, middles and a last one; a page's tail too short for a header is zero.
export const pageBytes: number = 32 * 1024;
export const segmentBytesMax: number = 128 * 1024 * 1024;
export const fragmentHeaderBytes = 7;

export const fragmentType = { pad: 0, full: 1, first: 2, middle: 3, last: 4 } as const;
export const fragmentTypeMask = 0x07;
export const snappyFlag = 0x08;
export const zstdFlag = 0x10;

/** One record longer than this is not written, and not believed when read. */
export const recordBytesMax: number = 256 * 1024 * 1024;

export function segmentName(number: number): string {
  return String(number).padStart(8, "0");
}

const segmentForm = /^\d{8,}$/;

/** Numbers of the segments among the names of a folder, ascending. */
export function segmentNumbers(names: readonly string[]): number[] {
  return names
    .filter((name) => segmentForm.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

// Room for the arrays of columns: pieces of pages, since a buffer for each costs as much as what a short one holds, and leaves holes
// between the blocks of malloc. A page is collected when none of its columns is used any more.

/** A column that needs a large part of it gets a buffer of its own. */
const pageBytes = 131_072;
const pieceBytesMax = pageBytes / 8;
const alignment = Float64Array.BYTES_PER_ELEMENT;

let page = new ArrayBuffer(0);
let pageUsed = 0;

/** So many bytes of zeros in `buffer` from `at`, where an array of doubles may begin; nobody else's. */
export function takeRoom(bytes: number): { readonly buffer: ArrayBuffer; readonly at: number } {
  if (bytes > pieceBytesMax) return { buffer: new ArrayBuffer(bytes), at: 0 };
  if (pageUsed + bytes > page.byteLength) {
    page = new ArrayBuffer(pageBytes);
    pageUsed = 0;
  }
  const at = pageUsed;
  pageUsed += Math.ceil(bytes / alignment) * alignment;
  return { buffer: page, at };
}

// A tar archive of plain files: for each a header of 512 bytes with octal numbers, its content, zeros to the next 512.
// Format: POSIX ustar.
export type TarFile = { readonly name: string; readonly content: Uint8Array };

const blockBytes = 512;

export function printTar(files: readonly TarFile[]): Uint8Array {
  const parts = files.flatMap(({ name, content }) => [
    header(name, content.length),
    content,
    new Uint8Array((blockBytes - (content.length % blockBytes)) % blockBytes),
  ]);
  return Buffer.concat([...parts, new Uint8Array(2 * blockBytes)]);
}

function header(name: string, size: number): Uint8Array {
  const bytes = Buffer.alloc(blockBytes);
  bytes.write(name, 0, 100);
  bytes.write("0000666\0", 100);
  bytes.write("0000000\0", 108);
  bytes.write("0000000\0", 116);
  bytes.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  bytes.write("00000000000\0", 136);
  // The checksum counts its own field as blanks.
  bytes.write("        ", 148);
  bytes.write("0", 156);
  bytes.write("ustar\x0000", 257);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return bytes;
}

// How large a regular expression becomes when it is compiled, told from its text: a short one may say "a thousand times".
// Comes from: regex.ts, before anything is compiled. An estimate: characters and classes count one, repetitions as often
// as they stand; a text that is no pattern gets some number, and its error from the compiler.

interface Part {
  /** Of everything in the group so far, and of its last element. */
  size: number;
  last: number;
}

export function estimateRegexSize(source: string): number {
  const open: Part[] = [{ size: 0, last: 0 }];
  for (let i = 0; i < source.length; ) {
    const part = open[open.length - 1] as Part;
    const repetition = source[i] === "{" ? /^\{(\d+)(?:,(\d*))?\}/.exec(source.slice(i, i + 16)) : undefined;
    if (repetition) {
      const count = Math.max(Number(repetition[1]), Number(repetition[2] ?? 0), 1);
      part.size += part.last * (count - 1);
      part.last *= count;
      i += repetition[0].length;
    } else if (source[i] === "(") {
      open.push({ size: 0, last: 0 });
      i++;
    } else if (source[i] === ")" && open.length > 1) {
      open.pop();
      addElement(open[open.length - 1] as Part, part.size + 2);
      i++;
    } else {
      addElement(part, 1);
      i = elementEnd(source, i);
    }
  }
  return open.reduce((sum, { size }) => sum + size, 0);
}

function addElement(part: Part, size: number): void {
  part.size += size;
  part.last = size;
}

/** Behind a class, an escape or a character. */
function elementEnd(source: string, start: number): number {
  if (source[start] === "\\") return start + 2;
  if (source[start] !== "[") return start + 1;
  // "]" is a member of the class where it stands first.
  let i = source[start + 1] === "^" ? start + 3 : start + 2;
  while (i < source.length && source[i] !== "]") i += source[i] === "\\" ? 2 : 1;
  return i + 1;
}

// "1,3-5,9" as the kernel lists CPUs.
const cpusMax = 65_536;

export function expandRanges(text: string): number[] {
  const cpus: number[] = [];
  for (const part of text.split(",")) {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(part.trim()) ?? [];
    if (first === undefined) continue;
    for (let cpu = Number(first); cpu <= Number(last) && cpus.length < cpusMax; cpu++) cpus.push(cpu);
  }
  return cpus;
}

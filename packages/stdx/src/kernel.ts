// Starts a kernel: a WebAssembly module in base64, as scripts/setup.mjs builds it (docs/decisions/0004-kernels.md).
// Kernels are small, so that compiling at once, on whatever thread, is allowed in Node and in browsers alike.

/** What is used of WebAssembly's own interface; TypeScript declares it with the browser's. */
interface Engine {
  validate(bytes: Uint8Array): boolean;
  Memory: new (pages: { readonly initial: number; readonly maximum: number }) => { readonly buffer: ArrayBuffer };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
}

/** A running kernel and its memory. */
export interface Kernel {
  readonly buffer: ArrayBuffer;
  readonly functions: Readonly<Record<string, unknown>>;
  /** Value of a constant that the kernel exports: where in the memory things stand, and how many fit. */
  constant(name: string): number;
}

/** Undefined where there is no WebAssembly that runs it: then the plain code does the work. `memoryPages` of 64 KiB, fixed. */
export function startKernel(base64: string, memoryPages: number): Kernel | undefined {
  const engine = (globalThis as { readonly WebAssembly?: Engine }).WebAssembly;
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  if (!engine?.validate(bytes)) return undefined;
  const memory = new engine.Memory({ initial: memoryPages, maximum: memoryPages });
  const { exports } = new engine.Instance(new engine.Module(bytes), { env: { memory } });
  const constant = (name: string): number => (exports[name] as { readonly value: number }).value;
  return { buffer: memory.buffer, functions: exports, constant };
}

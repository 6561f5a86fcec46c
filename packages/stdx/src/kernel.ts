// Starts a kernel: a WebAssembly module in base64, as scripts/setup.mjs builds it (docs/decisions/0004-kernels.md).
// Kernels are small, so that compiling at once, on whatever thread, is allowed in Node and in browsers alike.

/** How many pages of 64 KiB a memory has at first and at most. */
export interface MemoryPages {
  readonly initial: number;
  readonly maximum: number;
}

interface EngineMemory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}

/** What is used of WebAssembly's own interface; TypeScript declares it with the browser's. */
interface Engine {
  Memory: new (pages: MemoryPages & { readonly shared?: boolean }) => EngineMemory;
  Module: new (bytes: Uint8Array) => object;
  CompileError: new () => Error;
  Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
}

/** A running kernel, on memory that belongs to somebody else. */
export interface SharedKernel {
  readonly functions: Readonly<Record<string, unknown>>;
  /** Value of a constant that the kernel exports: where in the memory things stand, and how many fit. */
  constant(name: string): number;
}

/** A running kernel and its memory. */
export interface Kernel extends SharedKernel {
  readonly buffer: ArrayBuffer;
}

/** Memory that grows where it stands, and that other threads may read. */
export interface SharedMemory {
  /** All of it as it is now. A buffer from before it grew stays, and shows its part. */
  readonly buffer: SharedArrayBuffer;
  /** Throws RangeError when there are no addresses or no memory left. */
  grow(pages: number): number;
}

/** Undefined where there is no WebAssembly with shared memory, or no room for it. Pages that are not touched take none. */
export function newSharedMemory(pages: MemoryPages): SharedMemory | undefined {
  const engine = engineHere();
  if (!engine || typeof SharedArrayBuffer === "undefined") return undefined;
  try {
    return new engine.Memory({ ...pages, shared: true }) as SharedMemory;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return undefined;
  }
}

/** Undefined where there is no WebAssembly that runs it: then the plain code does the work. `memoryPages` of 64 KiB, fixed. */
export function startKernel(base64: string, memoryPages: number): Kernel | undefined {
  const engine = engineHere();
  const module = engine && compile(engine, base64);
  if (!module) return undefined;
  const memory = new engine.Memory({ initial: memoryPages, maximum: memoryPages });
  return { buffer: memory.buffer as ArrayBuffer, ...instantiate(engine, module, memory) };
}

/** Runs a kernel on memory that was made for it. Undefined as above. */
export function startSharedKernel(base64: string, memory: SharedMemory): SharedKernel | undefined {
  const engine = engineHere();
  const module = engine && compile(engine, base64);
  return module && instantiate(engine, module, memory);
}

/** Undefined where the engine does not know all of its instructions. Asking it whether it does would cost as much as this. */
function compile(engine: Engine, base64: string): object | undefined {
  try {
    return new engine.Module(bytesOf(base64));
  } catch (error) {
    if (!(error instanceof engine.CompileError)) throw error;
    return undefined;
  }
}

function instantiate(engine: Engine, module: object, memory: object): SharedKernel {
  const { exports } = new engine.Instance(module, { env: { memory } });
  return { functions: exports, constant: (name) => (exports[name] as { readonly value: number }).value };
}

function engineHere(): Engine | undefined {
  return (globalThis as { readonly WebAssembly?: Engine }).WebAssembly;
}

function bytesOf(base64: string): Uint8Array {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

// The sandbox' bounds. A template is somebody's configuration: it must not stop the process that renders it.

export interface TemplateLimits {
  /** Nodes, commands and loop rounds; long strings made by functions count too, a step for each 64 characters. */
  readonly stepsMax: number;
  readonly outputBytesMax: number;
  /** Blocks, parentheses and {{template}} calls inside of each other. */
  readonly depthMax: number;
}

export const defaultLimits: TemplateLimits = {
  stepsMax: 1_000_000,
  outputBytesMax: 16 * 1024 * 1024,
  // Go's is 100000 on stacks that grow; ours stays clear of V8's.
  depthMax: 1000,
};

// What one kind of *_sd_configs entry brings along: how it is read, and which of its fields are paths.
// Implemented by discovery/<provider>/config. Goes to: config/discovery.
import {
  checkHttpClient,
  type Decoder,
  d,
  type HttpClientConfig,
  httpClientShape,
  resolveHttpClientPaths,
} from "@narthex/service";
import type { ShapeOf } from "./shape.js";

export type SdSection<C> = {
  readonly decoder: Decoder<C>;
  /** The config with its paths made absolute against the folder of `file`, which names them. */
  readonly withPaths: (config: C, file: string) => C;
};

export type Fail = (text: string) => never;

/** A section that carries the HTTP client block inline; `check` comes before the block's own rules. */
export function httpSection<C extends HttpClientConfig>(
  typeName: string,
  shape: ShapeOf<Omit<C, keyof HttpClientConfig>>,
  check: (config: C, fail: Fail) => void = () => {},
): SdSection<C> {
  // The two shapes together have a decoder for each field of C, which TypeScript cannot see through Omit.
  const whole = d.object(typeName, { ...httpClientShape, ...shape }) as unknown as Decoder<C>;
  return {
    decoder: d.refine(whole, (config, fail) => {
      check(config, fail);
      return checkHttpClient(config, fail);
    }),
    withPaths: resolveHttpClientPaths,
  };
}

/** A port for targets whose source names none. */
export function portField(initial: number): ReturnType<typeof d.withDefault<number>> {
  return d.withDefault(d.integer, initial);
}

/** Milliseconds between two looks at the source. */
export function refreshField(initialMs: number): ReturnType<typeof d.withDefault<number>> {
  return d.withDefault(
    d.refine(d.duration, (interval, fail) => (interval > 0 ? interval : fail("refresh_interval must be above 0"))),
    initialMs,
  );
}

// What one kind of *_sd_configs entry brings along: how it is read, and which of its fields are paths.
// Implemented by discovery/<provider>/config. Goes to: config/discovery.
import { dirname, isAbsolute, join } from "node:path";
import {
  checkHttpClient,
  type Decoder,
  d,
  type HttpClientConfig,
  httpClientShape,
  isSet,
  resolveHttpClientPaths,
  resolveTlsPaths,
  type Secret,
  type TlsConfig,
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

/** The section with these fields of its configs made absolute too, besides those of the HTTP client block. */
export function withFiles<C>(section: SdSection<C>, fields: readonly (keyof C)[]): SdSection<C> {
  return {
    decoder: section.decoder,
    withPaths: (config, file) => {
      const resolved = section.withPaths(config, file);
      const paths = fields.map((field) => [field, fileBeside(file, String(resolved[field]))]);
      return { ...resolved, ...Object.fromEntries(paths) };
    },
  };
}

function fileBeside(file: string, path: string): string {
  return path === "" || isAbsolute(path) ? path : join(dirname(file), path);
}

/** For configs that carry a tls_config alone. */
export function withTlsFiles<C extends { readonly tls_config: TlsConfig | undefined }>(config: C, file: string): C {
  return { ...config, tls_config: resolveTlsPaths(config.tls_config, file) };
}

/** Text that may be left out. */
export const textField: ReturnType<typeof d.withDefault<string>> = d.withDefault(d.string, "");
export const textsField: ReturnType<typeof d.withDefault<readonly string[]>> = d.withDefault(d.list(d.string), []);

/** One of `known`; `refuse` says what another is called. */
export function roleField(
  known: readonly string[],
  { initial, refuse }: { readonly initial: string; readonly refuse: (role: string) => string },
): ReturnType<typeof d.withDefault<string>> {
  const check = (role: string, fail: Fail): string => (known.includes(role) ? role : fail(refuse(role)));
  return d.withDefault(d.refine(d.string, check), initial);
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

/** Of a secret that may be in a file: exactly one of the two fields. */
export function checkSecretKey(
  config: { readonly secret_key: Secret | undefined; readonly secret_key_file: string },
  fail: Fail,
): void {
  const hasKey = isSet(config.secret_key);
  const hasFile = config.secret_key_file !== "";
  if (!hasKey && !hasFile) fail("one of secret_key & secret_key_file must be configured");
  if (hasKey && hasFile) fail("at most one of secret_key & secret_key_file must be configured");
}

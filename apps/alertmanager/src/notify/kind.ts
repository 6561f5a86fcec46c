// What makes an integration kind: a decoder of its `<kind>_configs` entries and a notifier for a decoded one.
// Every kind is a folder with config.ts and notifier.ts; kinds.ts lists them.

import { type Decoder, d, type HttpClient, type HttpClientConfig } from "@narthex/service";
import type { Clock } from "@narthex/stdx";
import type { NotificationData } from "@narthex/template";
import type { FileDecoders } from "../config/file.js";
import type { GlobalConfig } from "../config/global.js";
import type { Notifier } from "./notification.js";

/** What an entry of the config may fall back on. */
export interface KindContext {
  readonly global: GlobalConfig;
  readonly file: FileDecoders;
}

/** Executes templates from the config with the templates of the config's files. Throws NotifyError. */
export interface Renderer {
  text(template: string, data: NotificationData): string;
  /** With contextual escaping. */
  html(template: string, data: NotificationData): string;
}

export interface NotifierTools {
  readonly renderer: Renderer;
  readonly externalUrl: string;
  readonly clock: Clock;
  readonly createClient: (config: HttpClientConfig) => HttpClient;
}

/** One entry of a receiver, ready to be built. */
export interface ConfiguredIntegration {
  readonly kind: string;
  readonly sendResolved: boolean;
  /** Keys as in the file, fallbacks filled in. */
  readonly config: object;
  readonly build: (tools: NotifierTools) => Notifier;
}

export interface Kind {
  readonly name: string;
  readonly decoder: (context: KindContext) => Decoder<ConfiguredIntegration>;
}

export interface KindParts<C> {
  readonly decoder: (context: KindContext) => Decoder<C>;
  readonly notifier: (config: C, tools: NotifierTools) => Notifier;
}

export function kindFrom<C extends { readonly send_resolved: boolean }>(name: string, parts: KindParts<C>): Kind {
  return {
    name,
    decoder: (context) =>
      d.refine(parts.decoder(context), (config) => ({
        kind: name,
        sendResolved: config.send_resolved,
        config,
        build: (tools) => parts.notifier(config, tools),
      })),
  };
}

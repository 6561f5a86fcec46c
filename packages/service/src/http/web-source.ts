// The web config as it is now: looked at for each request and connection, read again when one of its files changed.
// A change that is wrong is logged once and the earlier config stays in force.
import { errorText, type Logger } from "../log/logger.js";
import { fileStamp } from "../stamp.js";
import { loadWebConfig, type WebConfig } from "./web-config.js";

export class WebSource {
  readonly #file: string;
  readonly #logger: Logger;
  #config: WebConfig;
  #stamp: string;

  /** Throws what `loadWebConfig` throws: a config that is wrong at the start is an error. */
  constructor(file: string, logger: Logger) {
    this.#file = file;
    this.#logger = logger;
    this.#config = loadWebConfig(file);
    this.#stamp = fileStamp(this.#config.files);
  }

  /** The same object until a file changes. */
  current(): WebConfig {
    const stamp = fileStamp(this.#config.files);
    if (stamp !== this.#stamp) this.#reload(stamp);
    return this.#config;
  }

  #reload(stamp: string): void {
    this.#stamp = stamp;
    try {
      const config = loadWebConfig(this.#file);
      if ((config.tls === undefined) !== (this.#config.tls === undefined)) {
        throw new Error(`${this.#file}: TLS can be switched on or off only by a restart`);
      }
      this.#config = config;
      this.#stamp = fileStamp(config.files);
      this.#logger.info({ file: this.#file }, "web config reloaded");
    } catch (error) {
      this.#logger.error({ err: errorText(error) }, "web config not reloaded; the earlier one stays in force");
    }
  }
}

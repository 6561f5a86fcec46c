export {
  type AuthorizationSource,
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
  type HttpStream,
  type StreamingHttpClient,
} from "./client/client.js";
export {
  checkHttpClient,
  defaultHttpClientConfig,
  type HttpClientConfig,
  httpClientDecoder,
  httpClientShape,
  resolveHttpClientPaths,
  resolveTlsPaths,
} from "./client/config.js";
export { BodyLimitError, HttpTimeoutError } from "./client/errors.js";
export { reservedHeaders } from "./client/header-config.js";
export { type Jwt, signJwt } from "./client/jwt.js";
export type { PreparedRequest } from "./client/prepared.js";
export type { HttpRequest, HttpResponse } from "./client/request.js";
export { secretText } from "./client/secret-file.js";
export { type ClientCertificate, type TlsSource, tlsSource } from "./client/secure.js";
export { defaultTlsConfig, type TlsConfig, tlsDecoder } from "./client/tls-config.js";
export { candidateNames, parseSearchList, readSearchList, type SearchList } from "./dns/search.js";
export { HelpRequested, UsageError } from "./flags/errors.js";
export {
  type CommandLineRequest,
  type CommandLineValues,
  type FlagRequest,
  parseCommandLine,
  parseFlags,
} from "./flags/parse.js";
export {
  booleanFlag,
  durationFlag,
  type FlagSpec,
  type FlagTable,
  type FlagValues,
  numberFlag,
  sizeFlag,
  stringFlag,
  stringsFlag,
} from "./flags/spec.js";
export { type HttpListener, type ListenRequest, listenHttp, parseAddress } from "./http/listen.js";
export { loadWebConfig, type WebConfig } from "./http/web-config.js";
export { type RunningService, runService, type ServiceRequest } from "./lifecycle.js";
export { type LogFlags, logFlags } from "./log/flags.js";
export { createLogger, errorText, type Logger, type LoggerOptions, logFormats, logLevels } from "./log/logger.js";
export { addProfiling } from "./pprof/routes.js";
export { parseSize, printSize } from "./size.js";
export { type Decoded, type Decoder, d, type OptionalDecoder, parseYamlFile, type Shape } from "./yaml/decode.js";
export { ConfigError, type YamlField, YamlFile, type YamlMistake, type YamlNode } from "./yaml/node.js";
export { printYaml } from "./yaml/print.js";
export { isSet, Secret } from "./yaml/secret.js";

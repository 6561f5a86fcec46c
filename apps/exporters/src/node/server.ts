// The node exporter over HTTP: the telemetry path, and a landing page.
import { exposeFamilies, type MetricFamily } from "@narthex/formats";
import { type Logger, listenHttp } from "@narthex/service";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { printLanding } from "../landing.js";
import { CollectorNameError, NodeExporter } from "./exporter.js";
import { type NodeExporterValues, type ProgramValues, programValues } from "./flags.js";
import { createHandlerMetrics, type HandlerMetrics } from "./handler-metrics.js";

export type RunningExporter = {
  readonly urls: readonly string[];
  close(): Promise<void>;
};

export type StartNodeExporter = { readonly flags: NodeExporterValues; readonly logger: Logger };

/** Throws UsageError for flag values that cannot be, and an Error where the address is taken. */
export async function startNodeExporter({ flags, logger }: StartNodeExporter): Promise<RunningExporter> {
  const program = programValues(flags);
  const exporter = new NodeExporter({ flags, logger });
  const metrics = program["web.disable-exporter-metrics"] ? undefined : createHandlerMetrics();
  logger.info({ collectors: exporter.names.join(",") }, "enabled collectors");
  const scrapes = new Scrapes({ exporter, metrics, requestsMax: program["web.max-requests"] });
  const listener = await listenHttp({
    addresses: program["web.listen-address"],
    logger,
    routes: (app) => addRoutes(app, scrapes, program),
    ...(program["web.config.file"] === "" ? {} : { webConfigFile: program["web.config.file"] }),
  });
  return {
    urls: listener.urls,
    async close() {
      await listener.close();
      metrics?.close();
    },
  };
}

function addRoutes(app: FastifyInstance, scrapes: Scrapes, program: ProgramValues): void {
  const path = program["web.telemetry-path"];
  app.get(path, (request, reply) => scrapes.answer(request, reply));
  if (path === "/") return;
  app.get("/", (_request, reply) => reply.type("text/html; charset=utf-8").send(landing(path)));
}

function landing(path: string): string {
  return printLanding({
    title: "Node Exporter",
    description: "Metrics of this machine's hardware and kernel, for Prometheus and Narthex.",
    links: [{ path, text: "Metrics" }],
  });
}

type ScrapesOptions = {
  readonly exporter: NodeExporter;
  readonly metrics: HandlerMetrics | undefined;
  readonly requestsMax: number;
};

/** Answers scrapes, at most `requestsMax` at a time. */
class Scrapes {
  readonly #options: ScrapesOptions;
  #running = 0;

  constructor(options: ScrapesOptions) {
    this.#options = options;
  }

  async answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { metrics, requestsMax } = this.#options;
    if (requestsMax > 0 && this.#running >= requestsMax) {
      return reply
        .code(503)
        .type("text/plain")
        .send(`Limit of concurrent requests reached (${requestsMax}), try again later.\n`);
    }
    this.#running++;
    const end = metrics?.begin();
    try {
      await this.#send(request, reply);
    } finally {
      this.#running--;
      end?.(reply.statusCode);
    }
    return reply;
  }

  async #send(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { exporter, metrics } = this.#options;
    try {
      const table = await exporter.scrape(chosenNames(request, exporter.names));
      const own = metrics === undefined ? [] : await metrics.registry.families();
      sendFamilies([...own, ...table.families()], request, reply);
    } catch (error) {
      if (!(error instanceof CollectorNameError)) throw error;
      reply.code(400).type("text/plain").send(error.message);
    }
  }
}

/** Throws CollectorNameError where both kinds of choice are made. */
function chosenNames(request: FastifyRequest, all: readonly string[]): readonly string[] {
  const query = new URL(request.url, "http://exporter").searchParams;
  const collects = query.getAll("collect[]");
  const excludes = query.getAll("exclude[]");
  if (collects.length > 0 && excludes.length > 0) {
    throw new CollectorNameError("Combined collect and exclude queries are not allowed.");
  }
  if (excludes.length > 0) return all.filter((name) => !excludes.includes(name));
  return collects.length > 0 ? collects : all;
}

function sendFamilies(families: readonly MetricFamily[], request: FastifyRequest, reply: FastifyReply): void {
  const { contentType, body } = exposeFamilies(families, request.headers.accept);
  reply.type(contentType).send(body);
}

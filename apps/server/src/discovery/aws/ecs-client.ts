// Questions to ECS: lists by pages, descriptions by batches. Goes to: aws/ecs, aws/ecs-hosts.
import { Slots } from "@narthex/stdx";
import { concurrently } from "../concurrently.js";
import { type Json, parseJson } from "../json.js";
import { allPages } from "../pages.js";
import type { AwsClient } from "./client.js";

type Batches = {
  /** What the request calls its list. */
  readonly input: string;
  /** What the answer calls it, where that is another. */
  readonly output?: string;
  /** Of one request. */
  readonly length: number;
  readonly rest: Readonly<Record<string, unknown>>;
};

export class Ecs {
  readonly client: AwsClient;
  readonly #concurrency: number;
  /** Clusters, services and batches are each asked for at once: the bound is of all their requests together. */
  readonly #slots: Slots;

  constructor(client: AwsClient, concurrency: number) {
    this.client = client;
    this.#concurrency = concurrency;
    this.#slots = new Slots(concurrency);
  }

  /** ARNs of all pages. */
  arns(action: string, field: string, rest: Readonly<Record<string, unknown>> = {}): Promise<string[]> {
    return allPages(async (next) => {
      const answer = await this.#ask(action, { ...rest, ...(next === "" ? {} : { nextToken: next }) });
      return { items: answer.at(field).textList(), next: answer.at("nextToken").text() };
    });
  }

  /** What the API knows of these, asked for in requests of so many. */
  async describe(action: string, arns: readonly string[], batches: Batches): Promise<Json[]> {
    const { input, output = input, length, rest } = batches;
    const parts = Array.from({ length: Math.ceil(arns.length / length) }, (_, i) =>
      arns.slice(i * length, (i + 1) * length),
    );
    const answers = await this.each(parts, (part) => this.#ask(action, { ...rest, [input]: part }));
    return answers.flatMap((answer) => answer.at(output).list());
  }

  each<T, U>(items: readonly T[], map: (item: T) => Promise<U>): Promise<U[]> {
    return concurrently(items, this.#concurrency, map);
  }

  async #ask(action: string, body: Readonly<Record<string, unknown>>): Promise<Json> {
    const headers = {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AmazonEC2ContainerServiceV20141113.${action}`,
    };
    return this.#slots.run(async () => parseJson(await this.client({ headers, body: JSON.stringify(body) })));
  }
}

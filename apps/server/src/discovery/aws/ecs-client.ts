// Questions to ECS: lists by pages, descriptions by batches. Goes to: aws/ecs, aws/ecs-hosts.
import { pagesMax } from "../api-client.js";
import { concurrently } from "../concurrently.js";
import { type Json, parseJson } from "../json.js";
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

  constructor(client: AwsClient, concurrency: number) {
    this.client = client;
    this.#concurrency = concurrency;
  }

  /** ARNs of all pages. */
  async arns(action: string, field: string, rest: Readonly<Record<string, unknown>> = {}): Promise<string[]> {
    const arns: string[] = [];
    let next: Record<string, string> = {};
    for (let page = 0; page < pagesMax; page++) {
      const answer = await this.#ask(action, { ...rest, ...next });
      arns.push(...answer.at(field).textList());
      if (answer.at("nextToken").isNull) break;
      next = { nextToken: answer.at("nextToken").text() };
    }
    return arns;
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
    return parseJson(await this.client({ headers, body: JSON.stringify(body) }));
  }
}

import { expect, test } from "vitest";
import { Ecs } from "./ecs-client.js";

test("batches inside batches keep to one bound of requests", async () => {
  let running = 0;
  let most = 0;
  let asked = 0;
  const ecs = new Ecs(async () => {
    asked++;
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    return '{"tasks":[{}]}';
  }, 3);
  const arns = Array.from({ length: 5 }, (_, i) => `task-${i}`);
  const found = await ecs.each([1, 2, 3, 4], () =>
    ecs.describe("DescribeTasks", arns, { input: "tasks", length: 1, rest: {} }),
  );
  expect(found.flat()).toHaveLength(20);
  expect({ asked, most }).toEqual({ asked: 20, most: 3 });
});

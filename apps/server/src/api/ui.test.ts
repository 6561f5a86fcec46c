import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fastify, type LightMyRequestResponse } from "fastify";
import { expect, onTestFinished, test } from "vitest";
import { addUi, type UiMode } from "./ui.js";

const built =
  '<!doctype html><html data-mode="__NARTHEX_MODE__"><base href="__NARTHEX_BASE__/" /><title>Narthex</title>';

async function get(path: string, title = "x", mode: UiMode = "server"): Promise<LightMyRequestResponse> {
  const folder = mkdtempSync(join(tmpdir(), "ui-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "index.html"), built);
  const app = fastify();
  onTestFinished(() => app.close());
  await addUi(app, { folder, prefix: "", basePath: "/p", title, mode });
  return app.inject(path);
}

async function page(path: string, title: string): Promise<string> {
  const { statusCode, body } = await get(path, title);
  return `${statusCode} ${body}`;
}

test("browsers that ask for favicon.ico find the icon", async () => {
  expect((await get("/favicon.ico")).headers.location).toBe("/p/favicon.svg");
});

test("the page has the base path and the title", async () => {
  expect(await page("/query", "Narthex")).toBe(
    '200 <!doctype html><html data-mode="server"><base href="/p/" /><title>Narthex</title>',
  );
  expect(await page("/query", "</title><script>$& 'a' \"b\"")).toBe(
    '200 <!doctype html><html data-mode="server"><base href="/p/" /><title>&#60;/title&#62;&#60;script&#62;$&#38; &#39;a&#39; &#34;b&#34;</title>',
  );
});

test.each(["/debug/nothing", "/api/v1/nothing", "/-/nothing", "/favicon.png"])("%s is no page", async (path) => {
  expect(await page(path, "x")).toBe("404 404 page not found\n");
});

test("an agent has a page of its own, and none for what it cannot do", async () => {
  const statusOf = async (path: string): Promise<number> => (await get(path, "x", "agent")).statusCode;
  expect((await get("/", "x", "agent")).headers.location).toBe("/p/agent");
  expect((await get("/agent", "x", "agent")).body).toContain('data-mode="agent"');
  expect([await statusOf("/agent"), await statusOf("/targets"), await statusOf("/query")]).toEqual([200, 200, 404]);
  expect((await get("/agent")).statusCode).toBe(404);
});

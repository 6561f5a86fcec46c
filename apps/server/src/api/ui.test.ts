import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fastify, type LightMyRequestResponse } from "fastify";
import { expect, onTestFinished, test } from "vitest";
import { addUi } from "./ui.js";

const built = '<!doctype html><base href="__NARTHEX_BASE__/" /><title>Narthex</title>';

async function get(path: string, title = "x"): Promise<LightMyRequestResponse> {
  const folder = mkdtempSync(join(tmpdir(), "ui-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "index.html"), built);
  const app = fastify();
  onTestFinished(() => app.close());
  await addUi(app, { folder, prefix: "", basePath: "/p", title });
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
  expect(await page("/query", "Narthex")).toBe('200 <!doctype html><base href="/p/" /><title>Narthex</title>');
  expect(await page("/query", "</title><script>$& 'a' \"b\"")).toBe(
    '200 <!doctype html><base href="/p/" /><title>&#60;/title&#62;&#60;script&#62;$&#38; &#39;a&#39; &#34;b&#34;</title>',
  );
});

test.each(["/debug/nothing", "/api/v1/nothing", "/-/nothing", "/favicon.png"])("%s is no page", async (path) => {
  expect(await page(path, "x")).toBe("404 404 page not found\n");
});

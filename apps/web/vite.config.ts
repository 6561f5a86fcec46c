// Builds the UI into dist/ and serves it in development against a running server.
// NARTHEX_SERVER: a Narthex or Prometheus server (default http://127.0.0.1:9090).
// NARTHEX_ALERTMANAGER: an Alertmanager of its own; without it the server's proxy at /alertmanager answers.
// NARTHEX_BASE: the external URL's path to try the built files under, with `vite preview` (default "").
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin, type ProxyOptions } from "vite";

const placeholder = "__NARTHEX_BASE__";
const server = process.env["NARTHEX_SERVER"] ?? "http://127.0.0.1:9090";
const alertmanager = process.env["NARTHEX_ALERTMANAGER"];
const basePath = process.env["NARTHEX_BASE"] ?? "";
const indexFile = fileURLToPath(new URL("dist/index.html", import.meta.url));

// What apps/server sends with index.html. Styles are 'unsafe-inline' because CodeMirror and Mantine add <style> elements.
const contentSecurityPolicy =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'";

const proxy: Record<string, ProxyOptions> = {
  [`${basePath}/api/`]: { target: server, changeOrigin: true, rewrite: (path) => path.slice(basePath.length) },
  [`${basePath}/-/`]: { target: server, changeOrigin: true, rewrite: (path) => path.slice(basePath.length) },
  [`${basePath}/alertmanager/`]: {
    target: alertmanager ?? server,
    changeOrigin: true,
    rewrite: (path) => path.slice(basePath.length + (alertmanager === undefined ? 0 : "/alertmanager".length)),
  },
};

/** Does in development and preview what the server does at run time: fills in the base path and answers every route. */
function basePathPlugin(): Plugin {
  return {
    name: "narthex-base-path",
    transformIndexHtml: (html, context) => (context.server === undefined ? html : html.replace(placeholder, "")),
    configurePreviewServer(preview) {
      preview.middlewares.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
        const path = (request.url ?? "/").split("?")[0] ?? "/";
        const inside = path.startsWith(basePath) ? path.slice(basePath.length) : path;
        if (/^\/(api|-|alertmanager)\//.test(inside)) return next();
        if (/\.\w+$/.test(inside) && inside !== "/index.html") {
          request.url = inside;
          return next();
        }
        response.setHeader("content-type", "text/html; charset=utf-8");
        response.setHeader("content-security-policy", contentSecurityPolicy);
        response.end(readFileSync(indexFile, "utf8").replace(placeholder, basePath));
      });
    },
  };
}

/** `query-page-[hash].js` for src/query/page.tsx: three files named "page" would tell nobody anything. */
function chunkName(entryFile: string | null): string {
  const place = /src\/(\w+)\/([\w-]+)\.tsx?$/.exec(entryFile ?? "");
  return place === null ? "assets/[name]-[hash].js" : `assets/${place[1]}-${place[2]}-[hash].js`;
}

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  plugins: [react(), basePathPlugin()],
  build: {
    outDir: "dist",
    assetsDir: "assets",
    target: "es2022",
    chunkSizeWarningLimit: 700,
    rolldownOptions: { output: { chunkFileNames: ({ facadeModuleId }) => chunkName(facadeModuleId) } },
  },
  server: { proxy },
  preview: { proxy },
});

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";

const SOURCES = ["src/parts", "src/report"].map((folder) => join(import.meta.dirname, folder));

/** The catalogs with the texts of parts and report only: a report is a file that people send. */
function textsOfTheReport(): Plugin {
  const sources = () =>
    SOURCES.flatMap((folder) => readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf-8"))).join("\n");
  return {
    name: "texts-of-the-report",
    enforce: "pre",
    load(id) {
      if (!id.endsWith("/words/pl.json")) return null;
      const all = sources();
      const used = Object.entries(JSON.parse(readFileSync(id, "utf-8")) as Record<string, unknown>)
        .filter(([text]) => all.includes(JSON.stringify(text)));
      return JSON.stringify(Object.fromEntries(used));
    },
  };
}

/** Addresses in error texts of Svelte would look like requests in a page that must make none. */
function noAddresses(): Plugin {
  return {
    name: "no-addresses",
    transform: (code, id) => (id.includes("/svelte/src/") ? { code: code.replaceAll("https://svelte.dev/e/", "svelte: "), map: null } : null),
  };
}

/** Paper is light: the dark colours are those of screens. */
function lightPaper(): Plugin {
  return {
    name: "light-paper",
    enforce: "pre",
    transform(code, id) {
      if (!id.endsWith("/app.css") && !id.endsWith("/parts.css")) return null;
      return { code: code.replace(/^:root\[data-theme="dark"\] \{[^}]*\}/m, "@media screen { $& }"), map: null };
    },
  };
}

// The offline report: one script and one style, which Python inlines. Templates are built by DOM calls (`tree`), so
// that the policy of the page can forbid all markup from strings.
export default defineConfig({
  plugins: [textsOfTheReport(), noAddresses(), lightPaper(), svelte({ compilerOptions: { fragments: "tree", css: "external" } })],
  build: {
    outDir: "../../scenarios/hubsim_scenarios/reports/page/built",
    emptyOutDir: true,
    cssCodeSplit: false,
    modulePreload: false,
    copyPublicDir: false,
    rollupOptions: {
      input: "src/report/main.ts",
      output: { format: "iife", entryFileNames: "report.js", assetFileNames: "report.[ext]" },
    },
  },
});

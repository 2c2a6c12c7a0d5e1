import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

// The console: static files for `/console` on the port of the cloud. Names have hashes, except the page itself.
export default defineConfig({
  base: "/console/",
  plugins: [svelte()],
  build: {
    outDir: "../static",
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  server: {
    port: 5173,
    proxy: { "^/(v1|lab|worlds|health|problems|openapi.json|console/config.json|console/story.json)": process.env.HUBSIM_URL ?? "http://127.0.0.1:8080" },
  },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});

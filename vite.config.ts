import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";

// One project, one HTML file a page. What is built is data of the Python package.
export default defineConfig({
  plugins: [vue()],
  define: { __VUE_OPTIONS_API__: "false" },
  build: {
    outDir: "app/web/built",
    assetsInlineLimit: 0, // the pages' CSP allows no data: script or style
    modulePreload: { polyfill: false },
    rolldownOptions: { checks: { bundlerTimings: false }, input: ["handoff/desk/index.html"] },
  },
  test: { include: ["handoff/desk/**/*.test.ts", "app/web/page/**/*.test.ts"] },
});

import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["@gradus/source"] },
  ssr: { resolve: { conditions: ["@gradus/source", "node"] } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "course/**/*.test.ts",
      "tests/**/*.test.ts"],
    exclude: ["**/node_modules/**", "tests/browser/**"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    slowTestThreshold: 5_000,
  },
});

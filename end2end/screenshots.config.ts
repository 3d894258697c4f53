// Pictures for people to look at: not a test, and never run with them.

import { defineConfig } from "@playwright/test";

import config from "./playwright.config";

export default defineConfig({
  ...config,
  testDir: "screenshots",
  outputDir: "../target/end2end-screenshots",
  projects: config.projects?.filter(({ name }) => name === "hydrate"),
  reporter: "list",
});

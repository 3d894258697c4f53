import { existsSync } from "node:fs";

import {
  defineConfig,
  devices,
  firefox,
  type PlaywrightTestOptions,
  type PlaywrightWorkerOptions,
  type Project,
  webkit,
} from "@playwright/test";

import { trunkIsBuilt } from "./support/paths";
import type { Options } from "./support/test";

type OurProject = Project<PlaywrightTestOptions & Options, PlaywrightWorkerOptions>;

/** The machine's Chromium where there is one, else the one that Playwright downloads. */
const executablePath =
  process.env.CHROMIUM ?? ["/usr/bin/chromium"].find((path) => existsSync(path));

const chromium: OurProject["use"] = {
  ...devices["Desktop Chrome"],
  launchOptions: {
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  },
};

/** Specs with a project of their own. */
const OWN_PROJECT = [/\.nojs\.spec\.ts$/, /legacy\.spec\.ts$/, /sockjs.*\.spec\.ts$/];

const projects: OurProject[] = [
  { name: "hydrate", use: chromium, testIgnore: OWN_PROJECT },
  { name: "nojs", use: { ...chromium, javaScriptEnabled: false }, testMatch: /\.nojs\.spec\.ts$/ },
  { name: "legacy", use: chromium, testMatch: /legacy\.spec\.ts$/ },
  { name: "interop", use: chromium, testDir: "interop" },
  { name: "sockjs", use: chromium, testMatch: /sockjs.*\.spec\.ts$/ },
];

// A checkout without a Trunk build is whole; in CI its absence is a failure.
if (trunkIsBuilt() || process.env.CI) {
  projects.push({ name: "csr", use: { ...chromium, build: "csr" }, testMatch: /chat\.spec\.ts$/ });
}

// What goes through the log most, once more with PostgreSQL, where somebody has started one.
const postgres = process.env.ROOMSIDE_TEST_POSTGRES;
if (postgres) {
  projects.push({ name: "postgres", use: { ...chromium, postgres }, grep: /@postgres/ });
}

// Other engines are downloads that not every machine can make: they run where they are found.
if (existsSync(firefox.executablePath())) {
  projects.push({ name: "firefox", use: devices["Desktop Firefox"], testIgnore: OWN_PROJECT });
}
if (existsSync(webkit.executablePath())) {
  projects.push({ name: "webkit", use: devices["Desktop Safari"], testIgnore: OWN_PROJECT });
}

export default defineConfig<Options>({
  testDir: "specs",
  outputDir: "../target/end2end",
  projects,
  workers: 2,
  fullyParallel: true,
  retries: 0,
  forbidOnly: !!process.env.CI,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [["list"], ["json", { outputFile: "../target/playwright.json" }]],
  use: {
    locale: "ko-KR",
    timezoneId: "Asia/Seoul",
    actionTimeout: 10_000,
    navigationTimeout: 15_000,
    screenshot: "only-on-failure",
  },
});

import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

export const WEB = `${ROOT}tests/web`;
export const TARGET = `${ROOT}target`;
export const SCREENSHOTS = `${TARGET}/web/screenshots`;
export const TRACES = `${TARGET}/web/traces`;

for (const folder of [SCREENSHOTS, TRACES]) mkdirSync(folder, { recursive: true });

// scripts/test.mjs imports this into the process of each test file: it finds TypeScript without its types, and compiled.
import { enableCompileCache } from "node:module";

enableCompileCache();

import { bootSuite } from "./suites/boot.ts";
import { reloadSuite } from "./suites/reload.ts";
import { signalsSuite } from "./suites/signals.ts";

bootSuite("spawn");
signalsSuite("spawn");
reloadSuite("spawn");

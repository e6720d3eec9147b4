import { bootSuite } from "./suites/boot.ts";
import { reloadSuite } from "./suites/reload.ts";
import { signalsSuite } from "./suites/signals.ts";

bootSuite("fork");
signalsSuite("fork");
reloadSuite("fork");

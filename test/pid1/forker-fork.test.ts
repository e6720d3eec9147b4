import { bootSuite } from "./suites/boot.ts";
import { healingSuite } from "./suites/healing.ts";
import { lossesSuite } from "./suites/losses.ts";
import { reloadSuite } from "./suites/reload.ts";
import { signalsSuite } from "./suites/signals.ts";

bootSuite("fork");
signalsSuite("fork");
reloadSuite("fork");
lossesSuite("fork");
healingSuite("fork");

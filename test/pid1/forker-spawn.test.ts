import { bootSuite } from "./suites/boot.ts";
import { lossesSuite } from "./suites/losses.ts";
import { recyclingSuite } from "./suites/recycling.ts";
import { reloadSuite } from "./suites/reload.ts";
import { signalsSuite } from "./suites/signals.ts";

bootSuite("spawn");
signalsSuite("spawn");
reloadSuite("spawn");
lossesSuite("spawn");
recyclingSuite("spawn");

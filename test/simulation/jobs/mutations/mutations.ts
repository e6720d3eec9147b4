import { deaths } from "./deaths.ts";
import { ends } from "./ends.ts";
import { locks } from "./locks.ts";
import type { Mutation } from "./mutation.ts";
import { ranges } from "./ranges.ts";
import { runners } from "./runners.ts";
import { stops } from "./stops.ts";
import { takes } from "./takes.ts";

export const mutations: readonly Mutation[] = [...ends, ...stops, ...locks, ...deaths, ...takes, ...runners, ...ranges];

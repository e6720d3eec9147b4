// A property test draws the same inputs in every run, so that a fault which is older than a change does not fail the change's
// tests at random. npm run test:properties draws others, and more.
import { assert, type IAsyncProperty, type IProperty } from "fast-check";

/** FORKER_PROPERTY_SEED draws other inputs. */
export const propertySeed = wholeNumber("FORKER_PROPERTY_SEED", 1);
/** FORKER_PROPERTY_TIMES multiplies the number of inputs. */
export const propertyTimes = wholeNumber("FORKER_PROPERTY_TIMES", 1);

interface Draw {
  /** How many inputs are drawn, before FORKER_PROPERTY_TIMES. */
  readonly runs?: number;
  /** Another round draws other inputs with the same seed. */
  readonly round?: number;
}

/** Throws, with the smallest input that fast-check finds, if the property does not hold for an input. */
export function assertHolds<Inputs>(property: IAsyncProperty<Inputs>, draw?: Draw): Promise<void>;
export function assertHolds<Inputs>(property: IProperty<Inputs>, draw?: Draw): void;
export function assertHolds<Inputs>(
  property: IAsyncProperty<Inputs> | IProperty<Inputs>,
  { runs = 100, round = 0 }: Draw = {},
): Promise<void> | void {
  // fast-check keeps the 32 lowest bits of a seed.
  const seed = propertySeed + Math.imul(round, 0x9e37_79b1);
  return assert(property as IProperty<Inputs>, { seed, numRuns: runs * propertyTimes });
}

function wholeNumber(name: string, standard: number): number {
  const text = process.env[name] ?? String(standard);
  if (!/^\d{1,15}$/.test(text)) throw new Error(`${name}: expected a whole number, got ${JSON.stringify(text)}`);
  return Number(text);
}

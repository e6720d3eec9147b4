import { ForkerError } from "../../exit/forker-error.ts";

export function otherBackend(queue: string): ForkerError {
  const message = `Worker of queue ${queue}: expected BullMQ's own Redis backend, got another one, which forker cannot share between its queues; run this application with node`;
  return new ForkerError("badConfig", "ERR_FORKER_BACKEND", message);
}

// An application whose jobs return at once the instant at which they started, by the clock that all processes share.
import { defineForker } from "bullmq-forker";

export default defineForker({ processors: { "*": () => String(process.hrtime.bigint()) } });

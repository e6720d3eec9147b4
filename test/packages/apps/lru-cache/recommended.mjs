import { LRUCache } from "lru-cache";

const cache = new LRUCache({ max: 100, ttl: 60_000 });
cache.set("loaded", 1);

export default {
  processors: {
    "*": async (job) => {
      cache.set("n", job.data.n);
      return cache.get("n");
    },
  },
};

/** What a person can do about workers that are spawned because they could not be forked. For the log. */
export const spawnAdvice =
  "each worker loads the application itself and shares no memory: remove the reason and reload (HUP), or set FORKER_ENGINE=spawn if this is what you want";

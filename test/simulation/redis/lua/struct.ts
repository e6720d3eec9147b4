import { LuaError, type LuaValue } from "./values.ts";

const unsupported: LuaValue = () => {
  throw new LuaError("the model of Redis has no struct library, which no script of BullMQ or forker uses");
};

export const structLibrary: Readonly<Record<string, LuaValue>> = {
  pack: unsupported,
  unpack: unsupported,
  size: unsupported,
};

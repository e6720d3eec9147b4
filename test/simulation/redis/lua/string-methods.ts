import { LuaTable } from "./values.ts";

/** The string library, which is also what `("text"):method()` looks methods up in. string-library.ts fills it. */
export const stringMethods = new LuaTable();

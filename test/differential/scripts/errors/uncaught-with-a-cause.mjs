throw new Error("outer", { cause: new TypeError("inner", { cause: { code: 1 } }) });

throw Object.assign(new Error("with more"), { code: "E_MORE", details: { list: [1, 2, { deep: true }] } });

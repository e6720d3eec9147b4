throw new TypeError("nobody catches this");

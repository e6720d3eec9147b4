let depth = 0;
const next = () => (++depth < 1_000 ? setImmediate(next) : console.log(depth));
next();

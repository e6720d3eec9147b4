const { value, ...flags } = Object.getOwnPropertyDescriptor(process, "pid");
console.log(typeof value, flags);

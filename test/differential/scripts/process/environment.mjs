console.log(process.env);
process.env.NEW = 1;
delete process.env.LANG;
console.log(Object.keys(process.env), process.env.NEW, "LANG" in process.env);

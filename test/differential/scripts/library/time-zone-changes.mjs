const date = new Date(0);
console.log(date.getHours());
process.env.TZ = "America/New_York";
console.log(date.getHours(), `${date}`);

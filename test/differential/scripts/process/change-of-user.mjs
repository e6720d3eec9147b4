if (process.getuid() === 0) {
  process.setgroups([]);
  process.setgid(65_534);
  process.setuid(65_534);
}
console.log(process.getuid() === process.geteuid(), process.getgroups().length <= 1);

console.log(
  process.argv.length,
  process.execArgv,
  process.execPath === process.argv0 || process.argv0,
  process.version,
);
console.log(process.platform, process.arch, process.versions, process.release.name, process.features);
console.log(
  process.cwd(),
  process.umask(),
  process.getuid(),
  process.getgroups(),
  process.config.variables.napi_build_version,
);

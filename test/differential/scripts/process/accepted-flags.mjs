console.log(
  process.allowedNodeEnvironmentFlags.size,
  process.permission,
  process.noDeprecation,
  process.sourceMapsEnabled,
);

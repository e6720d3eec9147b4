Error.prepareStackTrace = (error, sites) =>
  `${error.message} at ${sites[0].getFunctionName()}:${sites[0].getLineNumber()}`;
(function named() {
  console.log(new Error("here").stack);
})();

Error.stackTraceLimit = 3;
(function deeper() {
  deeper();
})();

function inner() {
  throw new RangeError("from CommonJS");
}
inner();

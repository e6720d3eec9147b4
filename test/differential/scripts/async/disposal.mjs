const stack = new (
  globalThis.AsyncDisposableStack ??
  class {
    defer(one) {
      this.one = one;
    }
    async disposeAsync() {
      await this.one();
    }
  }
)();
stack.defer(async () => console.log("disposed"));
await stack.disposeAsync();

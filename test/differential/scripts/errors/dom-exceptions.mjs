console.log(new DOMException("text", "AbortError").code);
AbortSignal.abort(new Error("reason")).throwIfAborted();

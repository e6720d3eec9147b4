void Promise.reject({ reason: "no error" });

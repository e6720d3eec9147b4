import mongoose from "mongoose";

const Note = mongoose.model("Note", new mongoose.Schema({ _id: Number, n: Number }));

export default {
  afterFork: async () => void (await mongoose.connect(process.env.MONGO_URL)),
  teardown: async () => await mongoose.disconnect(),
  processors: { "*": async (job) => (await Note.findOne({ n: job.data.n })).n },
};

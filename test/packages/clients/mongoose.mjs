import mongoose from "mongoose";
import { application, url } from "./application.mjs";

const Note = mongoose.model("Note", new mongoose.Schema({ _id: Number, n: Number }));
await mongoose.connect(url);

export default application(
  async (n) => (await Note.findOne({ n })).n,
  async () => await mongoose.disconnect(),
);

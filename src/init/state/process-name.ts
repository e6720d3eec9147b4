/** Names one of init's processes. Ids are unique across roles. */
export interface ProcessName {
  readonly role: "template" | "worker" | "runner" | "keeper";
  readonly id: number;
}

import { Column, Entity, PrimaryColumn } from "typeorm";

@Entity()
export class Order {
  @PrimaryColumn({ type: "int" })
  id!: number;

  @Column({ type: "int" })
  cents!: number;

  @Column({ type: "text" })
  status!: "placed" | "paid" | "refused" | "shipped";
}

import { Injectable } from "@nestjs/common";
import { InjectRepository } from "@nestjs/typeorm";
import { Repository } from "typeorm";
import { Order } from "./order.entity.js";

@Injectable()
export class OrdersService {
  constructor(@InjectRepository(Order) private readonly orders: Repository<Order>) {}

  async place(id: number, cents: number): Promise<void> {
    await this.orders.save({ id, cents, status: "placed" });
  }

  async mark(id: number, status: Order["status"]): Promise<void> {
    await this.orders.update({ id }, { status });
  }

  async find(id: number): Promise<Order> {
    return await this.orders.findOneByOrFail({ id });
  }

  async countByStatus(): Promise<Record<string, number>> {
    const orders = await this.orders.find();
    const counts: Record<string, number> = {};
    for (const { status } of orders) counts[status] = (counts[status] ?? 0) + 1;
    return counts;
  }
}

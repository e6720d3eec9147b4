// The data of the nth job of the queue `light`.
export function lightData(n) {
  const customer = { name: `Customer ${n % 50}`, email: `customer-${n % 50}@shop.example` };
  const lines = Array.from({ length: 1 + (n % 20) }, (_, line) => ({
    name: `Article ${line}`,
    quantity: 1 + (line % 3),
    unitCents: 100 + line,
  }));
  return { customer: n % 50, order: { id: `order-${n}`, customer, lines } };
}

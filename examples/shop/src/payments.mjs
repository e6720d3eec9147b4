import { Stripe } from "stripe";
import { z } from "zod";

const line = z.object({ name: z.string(), quantity: z.int().min(1), unitCents: z.int().min(0) });

const checkoutEvent = z.object({
  type: z.literal("checkout.session.completed"),
  created: z.int(),
  data: z.object({
    object: z.object({
      id: z.string(),
      currency: z.string().length(3),
      customer_details: z.object({ name: z.string(), email: z.email(), phone: z.string(), country: z.string() }),
      lines: z.array(line).min(1),
    }),
  }),
});

/** The payment provider's message, which the web side queued unchecked: nothing in it is trusted before this. */
export function verifyCheckout(payload, signature, secret) {
  const event = checkoutEvent.parse(Stripe.webhooks.constructEvent(payload, signature, secret));
  const { id, currency, customer_details: customer, lines } = event.data.object;
  const totalCents = lines.reduce((sum, { quantity, unitCents }) => sum + quantity * unitCents, 0);
  return { order: id, paidAt: event.created, currency, customer, lines, totalCents };
}

/** Formats cents for a customer. */
export function formatPrice(cents, currency = "eur") {
  return new Intl.NumberFormat("en-IE", { style: "currency", currency }).format(cents / 100);
}

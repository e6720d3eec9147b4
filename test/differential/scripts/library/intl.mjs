const date = new Date(Date.UTC(2026, 10, 24, 1, 2, 3));
for (const locale of ["de-AT", "ar-EG", "ja-JP", "en-US"]) {
  console.log(
    new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "long", timeZone: "Asia/Tokyo" }).format(date),
  );
  console.log(new Intl.NumberFormat(locale, { style: "currency", currency: "EUR" }).format(1234.5));
}
console.log(
  ["z", "ä", "a"].toSorted(new Intl.Collator("de").compare),
  [...new Intl.Segmenter("en", { granularity: "word" }).segment("a b")].length,
);
console.log(
  date.toLocaleString(),
  Intl.DateTimeFormat().resolvedOptions().timeZone,
  "ı".toLocaleUpperCase("tr"),
  "\u0041\u030a".normalize(),
);

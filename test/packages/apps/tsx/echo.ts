enum Answer {
  Fine = "fine",
}

export const echo = (n: number): number => (Answer.Fine === Answer["Fine"] ? n : -1);

// What a slider adds to a code: a curve, given by k rows for k evenly spaced values from
// the slider's minimum to its maximum, linear in between.

export function addCurve(curve, { minimum, maximum }, shown, code) {
  const last = curve.length - 1;
  const place = ((shown - minimum) / (maximum - minimum)) * last;
  const before = Math.min(Math.max(Math.floor(place), 0), last - 1);
  const share = place - before;
  const [from, to] = [curve[before], curve[before + 1]];
  for (let i = 0; i < code.length; i++) code[i] += (1 - share) * from[i] + share * to[i];
}

// By how much one picture is lighter or darker than another, in colours that say which.

// Returns difference(before, after): (height, width, 3) numbers in [0, 1], which the next
// call overwrites. The ramp [darker, same, lighter] ends at a difference of `full`.
export function newDifference([height, width, channels], { ramp, full }) {
  const [darker, same, lighter] = ramp;
  const colours = new Float32Array(height * width * 3);
  return (before, after) => {
    for (let from = 0, to = 0; to < colours.length; from += channels, to += 3) {
      let sum = 0;
      for (let c = from; c < from + channels; c++) sum += after[c] - before[c];
      const level = Math.min(Math.max(sum / channels / full, -1), 1);
      const end = level < 0 ? darker : lighter;
      for (let c = 0; c < 3; c++) {
        colours[to + c] = same[c] + Math.abs(level) * (end[c] - same[c]);
      }
    }
    return colours;
  };
}

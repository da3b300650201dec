// Other codes under the same moves: small pictures, each before above after.
import { newPicture } from "./picture.js";
import { make } from "./screen.js";

const SIDE = 96;

export function newAlso() {
  const root = make("div", "also");
  root.dataset.testid = "live-also";
  const tiles = make("div", "tiles");
  root.append(make("p", "", "The same moves on others: before above, after below"), tiles);
  return { root, tiles, pictures: [], before: [], after: [] };
}

// Makes the frames of some codes. encode(code, into) is where the moves take a code.
export function fillAlso(also, codes, encode) {
  const row = (title, encodeOne) =>
    codes.map((code, at) => {
      const picture = newPicture(`${title}, other ${at + 1}`);
      picture.side = SIDE;
      return {
        picture,
        encode: (into) => encodeOne(code, into),
        paint: (pixels) => picture.paint?.(pixels),
      };
    });
  also.before = row("Before", (code, into) => into.set(code));
  also.after = row("After", encode);
  also.pictures = [...also.before, ...also.after].map(({ picture }) => picture);
  also.root.hidden = !codes.length;
  also.tiles.replaceChildren(...codes.map((_, at) => newTile(also, at)));
}

function newTile({ before, after }, at) {
  const tile = make("div", "tile");
  tile.append(before[at].picture.root, after[at].picture.root);
  return tile;
}

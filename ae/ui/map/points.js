// Draws the points of a map: with WebGL, or with canvas paths where there is none.
import { CLASS_SHAPES, traceShape } from "./palette.js";

export const GREYED = 128; // added to the shape of a point that is not in question
const FEW = 0.7; // opacity of a point in question
const FAINT = 0.22; // and of one that is not

const VERTEX = `
attribute vec2 place;
attribute vec4 look; // red, green, blue; shape, + 128 where greyed
uniform vec4 view; // scale of u and v, then offset, to clip space
uniform mediump float side;
uniform float greyed;
varying vec3 colour;
varying float shape;
void main() {
  float kind = floor(look.a * 255.0 + 0.5);
  float grey = step(127.5, kind);
  shape = kind - 128.0 * grey;
  colour = look.rgb;
  gl_PointSize = side;
  // One pass draws the greyed points, the next the others above them.
  gl_Position = vec4(grey == greyed ? place * view.xy + view.zw : vec2(9.0), 0.0, 1.0);
}`;
const FRAGMENT = `
precision mediump float;
uniform float side;
uniform float opacity;
varying vec3 colour;
varying float shape;
void main() {
  vec2 p = (gl_PointCoord - 0.5) * side;
  float r = side / 2.4 - 1.0;
  vec2 q = abs(p);
  float outside = length(p) - r;
  if (shape > 3.5) {
    outside = max(min(q.x, q.y) - 0.4 * r, max(q.x, q.y) - 1.1 * r);
  } else if (shape > 2.5) {
    outside = (q.x + q.y - 1.2 * r) * 0.7071;
  } else if (shape > 1.5) {
    outside = max(p.y - 0.85 * r, (q.x * 2.0 - p.y - 1.15 * r) * 0.4472);
  } else if (shape > 0.5) {
    outside = max(q.x, q.y) - 0.85 * r;
  }
  float alpha = opacity * clamp(0.5 - outside, 0.0, 1.0);
  gl_FragColor = vec4(colour * alpha, alpha);
}`;

// Returns { kind, resize(width, height, ratio), setLooks(looks), draw(camera, radius),
// release() }, or null where there is no WebGL. points: (n, 2); looks: four bytes a point:
// red, green, blue and shape (+ GREYED). Calls lost() when WebGL is taken away later.
export function newGraphicsPainter(canvas, points, lost) {
  const gl = canvas.getContext("webgl", { antialias: false });
  const program = gl && newProgram(gl);
  if (!program) return null;
  canvas.addEventListener("webglcontextlost", lost);
  const places = newBuffer(gl, program, "place", 2, gl.FLOAT);
  gl.bufferData(gl.ARRAY_BUFFER, points, gl.STATIC_DRAW);
  const colours = newBuffer(gl, program, "look", 4, gl.UNSIGNED_BYTE);
  const uniform = (name) => gl.getUniformLocation(program, name);
  const names = ["view", "side", "greyed", "opacity"];
  const [view, side, greyed, opacity] = names.map(uniform);
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  let ratio = 1;
  return {
    kind: "webgl",
    resize(width, height, pixelRatio) {
      ratio = pixelRatio;
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      gl.viewport(0, 0, canvas.width, canvas.height);
    },
    setLooks(looks) {
      gl.bindBuffer(gl.ARRAY_BUFFER, colours);
      gl.bufferData(gl.ARRAY_BUFFER, looks, gl.DYNAMIC_DRAW);
    },
    draw({ u, v, scale, width, height }, radius) {
      const [sx, sy] = [(2 * scale) / width, (2 * scale) / height];
      gl.uniform4f(view, sx, sy, -u * sx, -v * sy);
      gl.uniform1f(side, (radius * ratio + 1) * 2.4);
      gl.clear(gl.COLOR_BUFFER_BIT);
      for (const [pass, alpha] of [
        [1, FAINT],
        [0, FEW],
      ]) {
        gl.uniform1f(greyed, pass);
        gl.uniform1f(opacity, alpha);
        gl.drawArrays(gl.POINTS, 0, points.length / 2);
      }
    },
    release() {
      canvas.removeEventListener("webglcontextlost", lost);
      gl.deleteBuffer(places);
      gl.deleteBuffer(colours);
      gl.getExtension("WEBGL_lose_context")?.loseContext();
    },
  };
}

function newProgram(gl) {
  const program = gl.createProgram();
  const parts = [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ];
  for (const [kind, text] of parts) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return null;
  gl.useProgram(program);
  return program;
}

function newBuffer(gl, program, name, size, type) {
  const buffer = gl.createBuffer();
  const at = gl.getAttribLocation(program, name);
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.enableVertexAttribArray(at);
  gl.vertexAttribPointer(at, size, type, type !== gl.FLOAT, 0, 0);
  return buffer;
}

export function newCanvasPainter(canvas, points) {
  const context = canvas.getContext("2d");
  let groups = []; // of points that look the same
  let ratio = 1;
  return {
    kind: "canvas",
    resize(width, height, pixelRatio) {
      ratio = pixelRatio;
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    },
    setLooks(looks) {
      groups = groupsOf(looks);
    },
    draw(camera, radius) {
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, camera.width, camera.height);
      for (const group of groups) drawGroup(context, camera, points, group, radius);
    },
    release() {},
  };
}

// Greyed ones first, so that the others lie above them.
function groupsOf(looks) {
  const groups = new Map();
  const words = new Uint32Array(looks.buffer, looks.byteOffset, looks.length / 4);
  words.forEach((word, i) => {
    if (!groups.has(word)) groups.set(word, []);
    groups.get(word).push(i);
  });
  const described = [...groups.values()].map((members) => {
    const [red, green, blue, kind] = looks.subarray(4 * members[0], 4 * members[0] + 4);
    const grey = kind >= GREYED;
    const colour = `rgb(${red} ${green} ${blue} / ${grey ? FAINT : FEW})`;
    return { members, colour, shape: kind - (grey ? GREYED : 0), grey };
  });
  return described.sort((a, b) => Number(b.grey) - Number(a.grey));
}

function drawGroup(context, camera, points, { members, colour, shape }, radius) {
  const { u, v, scale, width, height } = camera;
  // So small, every shape is a square.
  const traced = radius < 2.5 ? CLASS_SHAPES.indexOf("square") : shape;
  context.fillStyle = colour;
  context.beginPath();
  for (const i of members) {
    const x = width / 2 + (points[2 * i] - u) * scale;
    const y = height / 2 - (points[2 * i + 1] - v) * scale;
    if (x < -radius || y < -radius || x > width + radius || y > height + radius) continue;
    traceShape(context, traced, x, y, radius);
  }
  context.fill();
}

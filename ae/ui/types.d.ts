// What the modules of this folder hand to each other. Read by tsc alone.

/** What Streamlit gives the default export of a component's module. */
interface Component {
  parentElement: HTMLElement;
  data: any;
  setStateValue(name: string, value: unknown): void;
  setTriggerValue(name: string, value: unknown): void;
}

/** (features,) or (height, width, channels). */
type Shape = number[];
type Numbers = ArrayLike<number>;
/** (u, v) on a map, or (x, y) on the screen. */
type Place = [number, number];

/** "" while nobody can tell, then once for all "sideways" or "along" the page. */
type Direction = (x: number, y: number) => string;

interface Layer {
  name: string;
  op: string;
  inputs: string[];
  activation: string;
  attributes: Record<string, any>;
}

interface LayerGraph {
  inputShape: Shape;
  layers: Layer[];
  shapes: Map<string, any>;
  output: string;
}

/** A decoder, as ae/ui/live/decoder.py describes it. */
interface Decoder {
  model: string;
  latentDim: number;
  shape: Shape;
  /** Of its weights; "" where the browser cannot run it. */
  digest: string;
}

/** What decodes: the browser's engine at once, or the server, when it is null for now. */
interface Network {
  inputSize: number;
  outputShape: Shape;
  macs?: number;
  run(z: Numbers): Float32Array | null;
  /** The newest picture on the way to a code. */
  follow?(z: Numbers): Float32Array | null;
}

/** Does the engine's arithmetic; places and lengths in bytes. */
interface Kernels {
  allocate(bytes: number): ArrayBuffer;
  addPiece(plan: any, piece: any, input: any, output: any): void;
  activation(layer: Layer): ((value: any) => void) | null;
  move(
    from: number,
    to: number,
    bytes: number,
    count: number,
    behind: number,
    further: number,
  ): void;
  add(from: number, to: number, end: number): void;
}

interface Picture {
  root: HTMLElement;
  canvas: HTMLCanvasElement;
  /** Takes numbers in [0, 1]; null until `prepare` is called. */
  paint: ((pixels: Numbers) => void) | null;
  channels?: number;
  side?: number;
}

/** A small picture that is decoded when there is time. */
interface Frame {
  paint(pixels: Numbers): void;
  [what: string]: any;
}

interface IdleDecoder {
  wake(): void;
  outdate(frames: Frame[]): void;
  forget(frames: Frame[]): void;
}

/** What fills the window when it is presented. */
interface Presenting {
  content: HTMLElement;
  button: HTMLButtonElement;
  dialog: HTMLDialogElement | null;
  changed(): void;
  /** When it goes from the page. */
  close(): void;
}

/** A slider, as ae/ui/live describes it. */
interface Spec {
  label: string;
  note: string;
  minimum: number;
  maximum: number;
  step: number;
  origin: number;
  decimals: number;
  [what: string]: any;
}

/** Sliders and pictures on screen. */
interface Stage {
  /** What its sliders do, as newLive takes it. */
  kind: any;
  values: any;
  /** Of the server's record, null before the first. */
  revision: string | null;
  /** Of the data, and what the rows were built from. */
  text: string | null;
  builtFrom: string | null;
  /** Label of the slider that was moved last. */
  last: string;
  /** What the live picture shows, and another one. */
  code: Float64Array;
  scratch: Float64Array;
  rows: any[];
  live: Picture;
  /** As large as there is room, up to their side. */
  pictures: Picture[];
  side: number;
  /** That every movement outdates. */
  others: Frame[];
  runs: number;
  frames: number;
  planned: number;
  decoder: { network: Network | null; use(decoder: Decoder | null): void };
  idle: IdleDecoder;
  reporter: { now(): void; later(): void; drop(): void; pending(): boolean };
  sizes: ResizeObserver;
  refit(): void;
  send: Component["setStateValue"];
  root: HTMLElement;
  layout: HTMLElement;
  pictureSide: HTMLElement;
  panel: HTMLElement;
  bar: HTMLElement;
  problem: HTMLElement;
  resetAll: HTMLButtonElement;
  presenting: Presenting;
  /** Of the editor: more pictures, and what its sliders add. */
  edit?: any;
}

/** A map on screen. */
interface LatentMap {
  data: any;
  revision: string | null;
  digest: string;
  pin: Place | null;
  polygon: Place[];
  newest: string;
  /** Under pointer or keys. */
  cursor: Place | null;
  /** Being drawn. */
  outline: any;
  /** The label of the class that is set apart. */
  isolated: number | null;
  content: Content | null;
  images: Thumbnails["images"];
  grid: Grid;
  camera: Camera;
  /** Where codes lie far from the data, on a lattice. */
  far: { bits: Uint8Array; side: number; low: Place; step: number } | null;
  nearest(u: number, v: number): { indices: Int32Array; squared: Float64Array };
  decode(u: number, v: number): Float64Array;
  painter: any;
  overlay: any;
  thumbnails: Thumbnails;
  decoder: Stage["decoder"];
  /** Where the live picture was decoded, null while it may change. */
  shown: Place | null;
  runs: number;
  frames: number;
  drawn: number;
  planned: number;
  sizes: ResizeObserver;
  refit(): void;
  presenting: Presenting;
  send: Component["setStateValue"];
  root: HTMLElement;
  surface: HTMLElement;
  points: HTMLCanvasElement;
  above: HTMLCanvasElement;
  notice: HTMLElement;
  problem: HTMLElement;
  spoken: HTMLElement;
  legend: HTMLElement;
  preview: any;
  [tool: string]: any;
}

interface Bounds {
  u0: number;
  v0: number;
  u1: number;
  v1: number;
}

interface Grid {
  /** u, v after u, v. */
  points: Float32Array;
  n: number;
  bounds: Bounds;
  extent: number;
  cell: number;
  columns: number;
  rows: number;
  starts: Int32Array;
  members: Int32Array;
}

interface Camera {
  bounds: Bounds;
  /** Of the view, in CSS pixels. */
  width: number;
  height: number;
  /** In the view's middle. */
  u: number;
  v: number;
  /** Pixels per unit of the map. */
  scale: number;
  zoom: number;
}

/** What a map's points are made of. */
interface Content {
  codes: Float32Array;
  latentDim: number;
  [what: string]: any;
}

interface Thumbnails {
  images: { shape: Shape; pixels(i: number): Uint8Array } | null;
  network: Network | null;
  content: Content | null;
  kept: Map<any, HTMLCanvasElement>;
  waiting: Frame[];
  ready(): void;
  idle: IdleDecoder;
}

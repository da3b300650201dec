"""Writes the WebAssembly of the browser's engine: ``python -m ae.ui.live.simd``.

It makes ``simd_bytes.js``, two modules that differ in how they multiply and add. Each has
less than the 4 KB that every browser compiles at once. A module works on one memory, which
the engine lays out. Arguments are places, lengths and steps in bytes, or counts; values and
weights begin at multiples of 16, and values end there, too.

Sources: six pixels by two vectors of outputs keep two units of multiply-adds busy and just
fit the 16 registers of x86, after Goto and van de Geijn 2008, Anatomy of High-Performance
Matrix Multiplication, ACM TOMS 34(3). exp by the polynomial of Cephes,
https://netlib.org/cephes/.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

TARGET = Path(__file__).with_name("simd_bytes.js")
MOST_BYTES = 4096

_PIXELS = 6
_DENSE = 8  # vectors of outputs that a dense layer sums up at once

# exp(r) = 1 + r + r^2 P(r) for |r| <= log(2) / 2, off by 2e-7 of it; the highest power first.
_EXP = (1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.5)
# Phi(x) - 1/2 = x P(x^2) / Q(x^2) for |x| <= 5.5: least squares, reweighted until x Phi(x) was
# off by 2e-8 at most, then made larger by 1.2e-7, so that 1/2 is reached in float32.
_GELU_P = (2.22158487e-08, 6.53063762e-06, 0.000182853415, 0.00476158923, 0.0351419374, 0.398942024)
_GELU_Q = (1.19538765e-06, 7.86083328e-05, 0.00196240889, 0.0293984581, 0.254751354, 1)
_GELU_END = 5.5

# What names something in its first place, and what keeps its numbers.
_NAMING = re.compile(r"local\.(set|tee)|br_if|loop|call|func|param|local|import|memory|global")
_PLAIN = re.compile(r"\w+\.(const|\w+_lane)|memory|param|local")


def written() -> dict[str, str]:
    """Return the text of both modules by name, as ``wat2wasm`` takes it."""
    return {"RELAXED": _module(True), "PLAIN": _module(False)}


def source() -> str:
    """Return what names both texts: another one whenever a letter changes."""
    return sha256("".join(written().values()).encode()).hexdigest()


def javascript() -> str:
    """Return the content of ``simd_bytes.js``; needs the package wasmtime.

    Raises:
        ValueError: If a module is larger than ``MOST_BYTES``.
    """
    import wasmtime

    lines = [
        "// Made by `python -m ae.ui.live.simd`, from texts of this SHA-256:",
        f"// {source()}",
    ]
    for name, text in written().items():
        content = _nameless(bytes(wasmtime.wat2wasm(text)))
        if len(content) > MOST_BYTES:
            raise ValueError(f"{name} has {len(content)} bytes, at most {MOST_BYTES} will do")
        lines += [f"// biome-ignore format: {len(content)} bytes", f"export const {name} ="]
        lines.append(f'  "{base64.b64encode(content).decode()}";')
    return "\n".join(lines) + "\n"


def _nameless(content: bytes) -> bytes:
    """Leave the custom sections out, which hold names: number 0, a length, so many bytes."""
    kept, at = content[:8], 8
    while at < len(content):
        start, length, shift = at, 0, 0
        while True:
            at += 1
            length |= (content[at] & 127) << shift
            shift += 7
            if content[at] < 128:
                break
        at += 1 + length
        kept += content[start:at] if content[start] else b""
    return kept


def _module(relaxed: bool) -> str:
    functions = [
        _tiles("wide", 2),
        _WRITE,
        _tiles("narrow", 1),
        _dense(),
        _MOVE,
        _ADD,
        *_activations(),
    ]
    text = "\n".join(['(module (import "engine" "memory" (memory 0))', *functions, ")"])
    return _expanded(text, relaxed)


# Text -------------------------------------------------------------------------------------


def _expanded(text: str, relaxed: bool) -> str:
    """Spell out what is written shortly here.

    A name or a number in the place of a value stands for ``local.get`` or ``i32.const``,
    and ``(madd a b c)`` for a * b + c.
    """
    tokens = iter(re.findall(r'"[^"]*"|[()]|[^\s()]+', text))

    def form() -> str:
        parts: list[str] = []
        for token in tokens:
            if token == ")":
                break
            if token == "(":
                parts.append(form())
            elif parts and token[0] == "$" and not (len(parts) == 1 and named(parts[0])):
                parts.append(f"(local.get {token})")
            elif parts and re.fullmatch(r"-?\d+", token) and not _PLAIN.fullmatch(parts[0]):
                parts.append(f"(i32.const {token})")
            else:
                parts.append(token)
        if parts[0] == "madd":
            a, b, c = parts[1:]
            if relaxed:
                return f"(f32x4.relaxed_madd {a} {b} {c})"
            return f"(f32x4.add (f32x4.mul {a} {b}) {c})"
        return f"({' '.join(parts)})"

    def named(head: str) -> bool:
        return _NAMING.fullmatch(head) is not None

    next(tokens)
    return form()


def _while(label: str, at: str, end: str, body: str) -> str:
    """Repeat while one place is below another, perhaps never."""
    test = f"(i32.lt_u {at} {end})"
    return f"(if {test} (then (loop {label} {body} (br_if {label} {test}))))"


def _further(name: str, step: int | str) -> str:
    return f"(local.set {name} (i32.add {name} {step}))"


def _locals(**kinds: Iterable[str]) -> str:
    return " ".join(f"(local ${name} {kind})" for kind, names in kinds.items() for name in names)


# Sums -------------------------------------------------------------------------------------


def _tiles(name: str, vectors: int) -> str:
    """Weigh what lies around pixels, for four outputs or, with two vectors, for eight.

    From `tile` to `end` lie tiles: six places to read from, six to write to. At each, `run`
    bytes of numbers, an even count, are weighed and summed up, then again `jump` behind
    them, `rows` times. The sums go `to` bytes behind the places. With one vector, only
    `lanes` of the outputs are written, and two sums take turns, so that none waits for its
    last addition.
    """
    pixels = range(_PIXELS)
    sums = [f"$s{i}{j}" for i in pixels for j in range(2)]

    lines = []
    for u in range(2):
        for j in range(vectors):
            at = 16 * (vectors * u + j)
            lines.append(f"(local.set $b{j} (v128.load offset={at} $w))")
        for i in pixels:
            lines.append(f"(local.set $a (v128.load32_splat offset={4 * u} $x{i}))")
            for j in range(vectors):
                s = f"$s{i}{j if vectors == 2 else u}"
                lines.append(f"(local.set {s} (madd $a $b{j} {s}))")
    lines += [*(_further(f"$x{i}", 8) for i in pixels), _further("$w", 32 * vectors)]
    steps = "\n".join(lines)

    def write(i: int) -> str:
        at = f"(local.set $w (i32.add (i32.load offset={4 * (_PIXELS + i)} $tile) $to))"
        if vectors == 2:
            return f"{at} (v128.store $w $s{i}0) (v128.store offset=16 $w $s{i}1)"
        return f"{at} (call $write $w (f32x4.add $s{i}0 $s{i}1) $lanes)"

    first = ["(v128.load $bias)"]
    first.append("(v128.load offset=16 $bias)" if vectors == 2 else "(v128.const i64x2 0 0)")
    row = f"""
        (local.set $stop (i32.add $x0 $run))
        {_while("$run", "$x0", "$stop", steps)}
        {" ".join(_further(f"$x{i}", "$jump") for i in pixels)}"""
    tile = f"""
        {" ".join(f"(local.set $x{i} (i32.load offset={4 * i} $tile))" for i in pixels)}
        {" ".join(f"(local.set {s} {first[j % 2]})" for j, s in enumerate(sums))}
        (local.set $w $weights)
        (local.set $row $rows)
        (loop $again {row} (br_if $again (local.tee $row (i32.sub $row 1))))
        {" ".join(write(i) for i in pixels)}
        {_further("$tile", 8 * _PIXELS)}"""
    given = ["tile", "end", "rows", "run", "jump", "weights", "bias", "to", "lanes"]
    return f"""(func (export "{name}") {" ".join(f"(param ${p} i32)" for p in given)}
        {_locals(i32=[f"x{i}" for i in pixels] + ["w", "row", "stop"])}
        {_locals(v128=["a", "b0", "b1", *(s[1:] for s in sums)])}
        {_while("$tiles", "$tile", "$end", tile)})"""


_WRITE = """(func $write (param $at i32) (param $v v128) (param $lanes i32)
    (if (i32.eq $lanes 4) (then (v128.store $at $v) (return)))
    (if (i32.eq $lanes 1) (then (v128.store32_lane 0 $at $v) (return)))
    (v128.store64_lane 0 $at $v)
    (if (i32.eq $lanes 3) (then (v128.store32_lane offset=8 2 $at $v))))"""


def _dense() -> str:
    """Weigh `run` bytes of numbers from `x` on, into outputs from `to` to `end`."""
    vectors = range(_DENSE)
    step = "\n".join(
        f"(local.set $s{j} (madd $a (v128.load offset={16 * j} $weights) $s{j}))" for j in vectors
    )
    inputs = f"""
        (local.set $a (v128.load32_splat $i)) {step}
        {_further("$weights", 16 * _DENSE)} {_further("$i", 4)}"""
    panel = f"""
        {" ".join(f"(local.set $s{j} (v128.load offset={16 * j} $bias))" for j in vectors)}
        (local.set $i $x)
        {_while("$inputs", "$i", "$stop", inputs)}
        {" ".join(f"(v128.store offset={16 * j} $to $s{j})" for j in vectors)}
        {_further("$bias", 16 * _DENSE)} {_further("$to", 16 * _DENSE)}"""
    given = ["x", "run", "weights", "bias", "to", "end"]
    return f"""(func (export "dense") {" ".join(f"(param ${p} i32)" for p in given)}
        {_locals(i32=["i", "stop"], v128=["a", *(f"s{j}" for j in vectors)])}
        (local.set $stop (i32.add $x $run))
        {_while("$panels", "$to", "$end", panel)})"""


def _copy(kind: str, size: int) -> str:
    load = f"({kind}.store $to ({kind}.load $from))"
    return f"{load} {_further('$from', size)} {_further('$to', size)}"


# `count` times `bytes`; then both places move on by steps of their own.
_MOVE = f"""(func (export "move") (param $from i32) (param $to i32) (param $bytes i32)
    (param $count i32) (param $behind i32) (param $further i32) {_locals(i32=["stop", "near"])}
    (loop $again
        (local.set $stop (i32.add $from $bytes))
        (local.set $near (i32.add $from (i32.and $bytes -16)))
        {_while("$four", "$from", "$near", _copy("v128", 16))}
        {_while("$one", "$from", "$stop", _copy("i32", 4))}
        {_further("$from", "$behind")} {_further("$to", "$further")}
        (br_if $again (local.tee $count (i32.sub $count 1)))))"""

_SUM = f"""(v128.store $to (f32x4.add (v128.load $to) (v128.load $from)))
    {_further("$from", 16)} {_further("$to", 16)}"""
_ADD = f"""(func (export "add") (param $from i32) (param $to i32) (param $end i32)
    {_while("$each", "$to", "$end", _SUM)})"""


# Activations ------------------------------------------------------------------------------


def _activations() -> list[str]:
    """Functions that replace all numbers from `at` to `end` by what an activation makes."""
    zero = {"zero": 0.0}
    one = {"one": 1.0}
    power = {f"p{i}": p for i, p in enumerate(_EXP)}
    exp = {"most": 88.0, "least": -87.0, "log2e": 1.4426950408889634, "round": 12582912.0}
    exp |= {"high": -0.693359375, "low": 2.12194440e-4, **one, **power}
    gelu = {"end+": _GELU_END, "end-": -_GELU_END, "half+": 0.5, "half-": -0.5}
    gelu |= {f"p{i}": p for i, p in enumerate(_GELU_P)}
    gelu |= {f"q{i}": q for i, q in enumerate(_GELU_Q)}
    negative = "(f32x4.lt $x $zero)"
    fraction = f"(f32x4.div (f32x4.mul $t {_polynomial('p', 6)}) {_polynomial('q', 6)})"
    return [
        _each("relu", zero, "", f"(v128.andnot $x {negative})"),
        _each("leaky", zero, "slope", f"(v128.bitselect (f32x4.mul $x $slope) $x {negative})"),
        # scale x, or below zero scale alpha (exp(x) - 1)
        _each(
            "elu",
            zero | exp,
            "scale below",
            f"""(v128.bitselect (f32x4.mul $below (f32x4.sub $e $one)) (f32x4.mul $scale $x)
                {negative})""",
            _exp("$x"),
        ),
        # 1 / (1 + exp(rate x)), times `times` or x, plus `plus`
        _each(
            "sigmoid",
            exp,
            "rate times plus by_x",
            """(f32x4.add $plus (f32x4.div (v128.bitselect $x $times (f32x4.eq $by_x $one))
                (f32x4.add $one $e)))""",
            _exp("(f32x4.mul $x $rate)"),
        ),
        _each(
            "gelu",
            gelu,
            "",
            f"""(f32x4.mul $x (f32x4.add $half+ (f32x4.pmax (f32x4.pmin {fraction} $half+)
                $half-)))""",
            """(local.set $t (f32x4.pmax (f32x4.pmin $x $end+) $end-))
            (local.set $u (f32x4.mul $t $t))""",
        ),
    ]


def _polynomial(name: str, count: int) -> str:
    text = f"${name}0"
    for i in range(1, count):
        text = f"(madd {text} $u ${name}{i})"
    return text


def _exp(x: str) -> str:
    """Leave exp(x) in e: 2^n exp(r), where n is rounded by adding 3 * 2^22."""
    return f"""
        (local.set $e (f32x4.pmax (f32x4.pmin {x} $most) $least))
        (local.set $n (f32x4.add (f32x4.mul $e $log2e) $round))
        (local.set $t (f32x4.sub $n $round))
        (local.set $u (madd $t $low (madd $t $high $e)))
        (local.set $e (f32x4.add $one (madd (f32x4.mul $u $u) {_polynomial("p", 6)} $u)))
        (local.set $e (f32x4.mul $e (i32x4.add (i32x4.shl $n 23) $one)))"""


def _each(
    name: str, constants: Mapping[str, float], given: str, value: str, before: str = ""
) -> str:
    """Replace each vector; constants stand in locals, for V8 would build them every round."""
    numbers = given.split()
    own = [*constants, *numbers, "x", "t", "u", "e", "n"]
    splats = [f"(local.set ${c} (f32x4.splat (f32.const {v!r})))" for c, v in constants.items()]
    splats += [f"(local.set ${n} (f32x4.splat ${n}_))" for n in numbers]
    loop = f"(local.set $x (v128.load $at)) {before} (v128.store $at {value}) {_further('$at', 16)}"
    return f"""(func (export "{name}") (param $at i32) (param $end i32)
        {" ".join(f"(param ${n}_ f32)" for n in numbers)} {_locals(v128=own)}
        {" ".join(splats)} {_while("$each", "$at", "$end", loop)})"""


if __name__ == "__main__":
    partial = TARGET.with_suffix(".part")
    partial.write_text(javascript(), encoding="utf-8")
    partial.replace(TARGET)

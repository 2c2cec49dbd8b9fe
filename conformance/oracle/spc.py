"""Control charts worked out a second time, to compare the server with: other language, other way of thinking.

Nothing is streamed here. A chart's points are a list, and a rule is looked for by laying its window over every place
of the list. Constants are integrated numerically. Formulas: NIST/SEMATECH e-Handbook, chapter 6.3; rules: Western
Electric (1956), Nelson (1984); Laney (2002) for laney-p and laney-u.

    python3 spc.py CHARTS SEED

prints one JSON object a line: {"chart": settings, "data": {...}, "expected": {...}}.
"""

import json
import math
import random
import sys
from functools import cache

RULES = {
    "we1": (1, lambda z: abs(z[-1]) > 3),
    "we2": (3, lambda z: any(s * z[-1] > 2 and sum(s * v > 2 for v in z) >= 2 for s in (1, -1))),
    "we3": (5, lambda z: any(s * z[-1] > 1 and sum(s * v > 1 for v in z) >= 4 for s in (1, -1))),
    "we4": (8, lambda z: all(v > 0 for v in z) or all(v < 0 for v in z)),
    "nelson1": (1, lambda z: abs(z[-1]) > 3),
    "nelson2": (9, lambda z: all(v > 0 for v in z) or all(v < 0 for v in z)),
    "nelson3": (6, lambda z: rising(z) or rising([-v for v in z])),
    "nelson4": (14, lambda z: alternating(z)),
    "nelson5": (3, lambda z: any(s * z[-1] > 2 and sum(s * v > 2 for v in z) >= 2 for s in (1, -1))),
    "nelson6": (5, lambda z: any(s * z[-1] > 1 and sum(s * v > 1 for v in z) >= 4 for s in (1, -1))),
    "nelson7": (15, lambda z: all(abs(v) < 1 for v in z)),
    "nelson8": (8, lambda z: all(abs(v) > 1 for v in z)),
}
# These need only two of three, or four of five: a shorter beginning may already hold enough.
PARTIAL = {"we2", "we3", "nelson5", "nelson6"}
# Looked for in the values; the others in the standardised values.
OF_VALUES = {"nelson3", "nelson4"}


def rising(values):
    return all(b > a for a, b in zip(values, values[1:]))


def alternating(values):
    steps = [b - a for a, b in zip(values, values[1:])]
    return all(s != 0 for s in steps) and all(a * b < 0 for a, b in zip(steps, steps[1:]))


def flagged(rule, values, z):
    window, holds = RULES[rule]
    series = values if rule in OF_VALUES else z
    found = []
    for end in range(1, len(series) + 1):
        start = max(0, end - window)
        enough = end - start == window or rule in PARTIAL
        if enough and holds(series[start:end]):
            found.append(end)
    return found


def phi(x):
    return 0.5 * math.erfc(-x / math.sqrt(2))


def simpson(f, low, high, steps):
    h = (high - low) / steps
    odd = sum(f(low + h * i) for i in range(1, steps, 2))
    even = sum(f(low + h * i) for i in range(2, steps, 2))
    return h / 3 * (f(low) + f(high) + 4 * odd + 2 * even)


@cache
def d2(n):
    return simpson(lambda x: 1 - phi(x) ** n - (1 - phi(x)) ** n, -9, 9, 4000)


@cache
def d3(n):
    """From the second moment of the range: 2 * integral of r * P(range > r)."""

    def density(x):
        return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)

    def above(r):
        return 1 - n * simpson(lambda x: density(x) * (phi(x + r) - phi(x)) ** (n - 1), -9, 9, 400)

    second = 2 * simpson(lambda r: r * above(r), 0, 12, 400)
    return math.sqrt(second - d2(n) ** 2)


@cache
def c4(n):
    return math.sqrt(2 / (n - 1)) * math.exp(math.lgamma(n / 2) - math.lgamma((n - 1) / 2))


def mean(values):
    return math.fsum(values) / len(values)


def deviation(values):
    centre = mean(values)
    return math.sqrt(math.fsum((v - centre) ** 2 for v in values) / (len(values) - 1))


def steps(values):
    return [abs(b - a) for a, b in zip(values, values[1:])]


def shewhart(values, centres, errors, clamp=False):
    lower = [c - 3 * e for c, e in zip(centres, errors)]
    return {
        "values": values,
        "lower": [max(0, v) for v in lower] if clamp else lower,
        "upper": [c + 3 * e for c, e in zip(centres, errors)],
        "z": [(v - c) / e if v != c else 0 for v, c, e in zip(values, centres, errors)],
    }


def constant(value, count):
    return [value] * count


def individuals(data, _):
    x = data["values"]
    centre, sigma = mean(x), mean(steps(x)) / d2(2)
    return centre, sigma, shewhart(x, constant(centre, len(x)), constant(sigma, len(x)))


def xbar_r(data, _):
    groups = data["subgroups"]
    everything = [v for g in groups for v in g]
    centre = mean(everything)
    sigma = mean([(max(g) - min(g)) / d2(len(g)) for g in groups])
    errors = [sigma / math.sqrt(len(g)) for g in groups]
    return centre, sigma, shewhart([mean(g) for g in groups], constant(centre, len(groups)), errors)


def xbar_s(data, _):
    groups = data["subgroups"]
    centre = mean([v for g in groups for v in g])
    sigma = mean([deviation(g) / c4(len(g)) for g in groups])
    errors = [sigma / math.sqrt(len(g)) for g in groups]
    return centre, sigma, shewhart([mean(g) for g in groups], constant(centre, len(groups)), errors)


def rates(data, spread):
    counts, sizes = data["counts"], data["sizes"]
    centre = sum(counts) / sum(sizes)
    sigma = spread(centre)
    values = [c / n for c, n in zip(counts, sizes)]
    errors = [sigma / math.sqrt(n) for n in sizes]
    return centre, sigma, values, errors


def p(data, _):
    centre, sigma, values, errors = rates(data, lambda rate: math.sqrt(rate * (1 - rate)))
    return centre, sigma, shewhart(values, constant(centre, len(values)), errors, clamp=True)


def u(data, _):
    centre, sigma, values, errors = rates(data, math.sqrt)
    return centre, sigma, shewhart(values, constant(centre, len(values)), errors, clamp=True)


def laney(spread):
    def chart(data, _):
        centre, within, values, errors = rates(data, spread)
        z = [(v - centre) / e for v, e in zip(values, errors)]
        between = mean(steps(z)) / d2(2)
        errors = [e * between for e in errors]
        return centre, within * between, shewhart(values, constant(centre, len(values)), errors, clamp=True)

    return chart


def np(data, _):
    n = data["sizes"][0]
    rate = sum(data["counts"]) / (n * len(data["counts"]))
    centre, sigma = n * rate, math.sqrt(n * rate * (1 - rate))
    count = len(data["counts"])
    return centre, sigma, shewhart(data["counts"], constant(centre, count), constant(sigma, count), clamp=True)


def c(data, _):
    x = data["counts"]
    centre = mean(x)
    error = math.sqrt(centre)
    return centre, error, shewhart(x, constant(centre, len(x)), constant(error, len(x)), clamp=True)


def ewma(data, chart):
    x = data["values"]
    centre, sigma = mean(x), mean(steps(x)) / d2(2)
    weight, width = chart["ewma"]["lambda"], chart["ewma"]["L"]
    # The average at t, written out: weights of all values so far, and the rest on the centre.
    averages, errors = [], []
    for t in range(1, len(x) + 1):
        weights = [weight * (1 - weight) ** (t - 1 - i) for i in range(t)]
        averages.append(math.fsum(w * v for w, v in zip(weights, x)) + (1 - weight) ** t * centre)
        errors.append(sigma * math.sqrt(math.fsum(w * w for w in weights)))
    marks = shewhart(averages, constant(centre, len(x)), [width / 3 * e for e in errors])
    return centre, sigma, marks


def cusum(data, chart):
    x = data["values"]
    centre, sigma = mean(x), mean(steps(x)) / d2(2)
    k, h = chart["cusum"]["k"], chart["cusum"]["h"]

    def sums(side):
        # The sum at t is the largest of all sums of a tail that ends at t, or nothing.
        terms = [side * (v - centre) / sigma - k for v in x]
        return [max(0, max(math.fsum(terms[s:t]) for s in range(t))) for t in range(1, len(x) + 1)]

    upper, lower = sums(1), sums(-1)
    out = [i + 1 for i, pair in enumerate(zip(upper, lower)) if max(pair) > h]
    return centre, sigma, {"sums": {"upper": upper, "lower": lower}, "out": out}


KINDS = {
    "i-mr": individuals,
    "xbar-r": xbar_r,
    "xbar-s": xbar_s,
    "p": p,
    "np": np,
    "c": c,
    "u": u,
    "laney-p": laney(lambda rate: math.sqrt(rate * (1 - rate))),
    "laney-u": laney(math.sqrt),
    "ewma": ewma,
    "cusum": cusum,
}
MEMORY = {"ewma", "cusum"}


def measurements(rng, count):
    """A process that is in control, then shifts, drifts or grows noisy; some with few decimals, so that ties come."""
    centre, spread = rng.uniform(-100, 1000), 10 ** rng.uniform(-3, 2)
    fault, start = rng.choice(["none", "shift", "drift", "noise"]), rng.randrange(count)
    decimals = rng.choice([1, 2, 15])
    values = []
    for i in range(count):
        late = max(0, i - start)
        moved = {"shift": 1.5 * (late > 0), "drift": 0.08 * late}.get(fault, 0)
        noise = rng.gauss(0, 1) * (2 if fault == "noise" and late else 1)
        values.append(round(centre + spread * (moved + noise), decimals - math.floor(math.log10(spread))))
    return values


def sample(rng, kind):
    count = rng.randrange(20, 90)
    chart = {"property": "a.b", "kind": kind}
    if kind in ("xbar-r", "xbar-s"):
        size = rng.randrange(2, 11)
        chart["subgroupSize"] = size
        values = measurements(rng, count * size)
        uneven = rng.random() < 0.3
        groups = [values[i * size : (i + 1) * size] for i in range(count)]
        return chart, {"subgroups": [g[: rng.randrange(2, size + 1)] if uneven else g for g in groups]}
    if kind in ("i-mr", "ewma", "cusum"):
        if kind == "ewma":
            chart["ewma"] = {"lambda": rng.choice([0.05, 0.2, 0.4, 1]), "L": rng.choice([2.7, 3])}
        if kind == "cusum":
            chart["cusum"] = {"k": rng.choice([0.25, 0.5, 1]), "h": rng.choice([4, 5])}
        return chart, {"values": measurements(rng, count)}
    size, rate = rng.randrange(20, 400), rng.uniform(0.02, 0.3)
    sizes = [size if kind == "np" else rng.randrange(size, 2 * size) for _ in range(count)]
    wave = [rate * rng.uniform(0.5, 1.5) if kind.startswith("laney") else rate for _ in range(count)]
    counts = [sum(rng.random() < r for _ in range(n)) for r, n in zip(wave, sizes)]
    return chart, {"counts": counts} if kind == "c" else {"counts": counts, "sizes": sizes}


def expected(chart, data):
    centre, sigma, marks = KINDS[chart["kind"]](data, chart)
    result = {"center": centre, "sigma": sigma, **{k: v for k, v in marks.items() if k != "z"}}
    if "z" in marks:
        result["flagged"] = {rule: flagged(rule, marks["values"], marks["z"]) for rule in chart["rules"]}
    return result


def main(charts, seed):
    rng = random.Random(seed)
    kinds = list(KINDS)
    for number in range(charts):
        kind = kinds[number % len(kinds)]
        chart, data = sample(rng, kind)
        chart["rules"] = ["nelson1"] if kind in MEMORY else list(RULES)
        print(json.dumps({"chart": chart, "data": data, "expected": expected(chart, data)}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

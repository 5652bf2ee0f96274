"""Writes reference_statistics.json, which tests/statistics.rs compares with.

    pip install scipy==1.17.1 numpy==2.4.6
    python reference_statistics.py > reference_statistics.json

Nothing here is taken from the Rust code: medians are numpy's, rank tests scipy's, and bootstrap intervals
come from listing every resample there is and counting with whole numbers.
"""

import itertools
import json
import math
from collections import Counter
from fractions import Fraction

import numpy as np
from scipy import stats

rng = np.random.default_rng(20260220)


def series(n, center, digits):
    """Durations as a log prints them: three digits, so ties occur when they lie close together."""
    return [round(float(x), digits) for x in rng.normal(center, center / 50, n)]


SERIES = [
    [2560.0, 2420.0, 2440.0, 2420.0, 2440.0],
    [1.23, 2.25, 1.54, 1.23, 1.61],
    [5.0],
    [1.5, 2.5],
    series(7, 100, 3),
    series(30, 0.5, 2),
    series(101, 88, 1),
]

WITHOUT_TIES = [(series(n, 100, 6), series(m, shift, 6)) for n, m, shift in [(3, 3, 90), (5, 5, 103), (5, 8, 100), (20, 17, 101), (40, 50, 100.4)]]
WITH_TIES = [
    ([2560.0, 2420.0, 2440.0, 2420.0, 2440.0], [2440.0, 2460.0, 2440.0, 2500.0, 2480.0]),
    ([1.0, 1.0, 2.0], [1.0, 2.0, 2.0, 3.0]),
    (series(6, 10, 0), series(5, 10.5, 0)),
    ([4.0] * 5, [4.0] * 5),
]
LARGE = [(series(60, 100, 1), series(70, 100.5, 1)), (series(101, 100, 6), series(10, 103, 6))]
PAIRS = [
    ([2560.0, 2420.0, 2440.0, 2420.0, 2440.0], [2440.0, 2460.0, 2440.0, 2500.0, 2480.0]),
    (series(3, 90, 2), series(5, 80, 2)),
    (series(4, 90, 2), series(6, 91, 2)),
    (series(6, 1.5, 3), series(3, 1.6, 3)),
    ([7.0], [14.0]),
    (series(2, 5, 2), series(2, 6, 2)),
]


def rank_sum(x, y, axis):
    ranks = stats.rankdata(np.concatenate([x, y], axis=axis), axis=axis)
    return np.sum(np.take(ranks, range(x.shape[axis]), axis=axis), axis=axis)


def permutation_p(a, b):
    result = stats.permutation_test((a, b), rank_sum, vectorized=True, n_resamples=np.inf, alternative="two-sided")
    return float(result.pvalue)


def resample_medians(values):
    ordered = sorted(values)
    return Counter(float(np.median([ordered[i] for i in draw])) for draw in itertools.product(range(len(ordered)), repeat=len(ordered)))


def interval(base, new, confidence):
    weights = Counter()
    for (b, b_count), (n, n_count) in itertools.product(resample_medians(base).items(), resample_medians(new).items()):
        weights[n / b] += b_count * n_count
    total = sum(weights.values())
    tail = (1 - Fraction(confidence).limit_denominator(1000)) / 2

    def quantile(q):
        reached = 0
        for ratio in sorted(weights):
            reached += weights[ratio]
            if reached >= q * total:
                return ratio

    return [quantile(tail), quantile(1 - tail)]


def z_scores(values):
    mad = np.median(np.abs(np.array(values) - np.median(values)))
    return [float(0.6745 * (x - np.median(values)) / mad) if mad else 0.0 for x in values]


print(json.dumps({
    "summaries": [{"values": v, "median": float(np.median(v)), "min": min(v), "max": max(v), "z_scores": z_scores(v)} for v in SERIES],
    "rank_tests":
        [{"a": a, "b": b, "p": float(stats.mannwhitneyu(a, b, method="exact").pvalue)} for a, b in WITHOUT_TIES]
        + [{"a": a, "b": b, "p": permutation_p(a, b)} for a, b in WITH_TIES]
        + [{"a": a, "b": b, "p": float(stats.mannwhitneyu(a, b, method="asymptotic").pvalue)} for a, b in LARGE],
    "smallest_p": [{"n": [n, m], "p": float(min(1, Fraction(2, math.comb(n + m, n))))} for n, m in [(1, 1), (2, 3), (3, 3), (5, 5), (20, 20)]],
    "intervals": [{"base": a, "new": b, "confidence": c, "interval": interval(a, b, c)} for a, b in PAIRS for c in (0.9, 0.95, 0.99)],
}))

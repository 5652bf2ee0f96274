"""Writes reference_paired.json, which tests/paired_statistics.rs compares with.

    pip install scipy numpy
    python reference_paired.py > reference_paired.json

Nothing here is taken from the Rust code: p-values are scipy's, or with ties the count of all signs; intervals
come from testing every candidate center, and those of few pairs from listing every resample.
"""

import itertools
import json
import math
from collections import Counter

import numpy as np
from scipy import stats

rng = np.random.default_rng(20261125)


def normal(n, center, digits=6):
    return [round(float(x), digits) for x in rng.normal(center, 0.05, n)]


def p_above_by_counting(differences, center):
    shifted = np.array(differences) - center
    shifted = shifted[shifted != 0]
    if len(shifted) == 0:
        return 1.0
    ranks = stats.rankdata(np.abs(shifted))
    found = ranks[shifted > 0].sum()
    at_least = sum(1 for signs in itertools.product([0, 1], repeat=len(ranks)) if np.dot(signs, ranks) >= found - 1e-9)
    return at_least / 2 ** len(ranks)


def p_above(differences, center):
    shifted = np.array(differences) - center
    return float(stats.wilcoxon(shifted, alternative="greater", method="exact").pvalue)


def p_above_normal(differences, center):
    shifted = np.array(differences) - center
    return float(stats.wilcoxon(shifted, alternative="greater", method="asymptotic", correction=True).pvalue)


def walsh(differences):
    return sorted((a + b) / 2 for a, b in itertools.combinations_with_replacement(differences, 2))


def interval(differences, confidence):
    """The centers between means of pairs at which the exact test does not reject."""
    tail = (1 - confidence) / 2
    means = walsh(differences)
    kept = []
    for low, high in zip(means, means[1:]):
        center = (low + high) / 2
        below = float(stats.wilcoxon(np.array(differences) - center, alternative="less", method="exact").pvalue)
        if p_above(differences, center) > tail and below > tail:
            kept.append((low, high))
    return [kept[0][0], kept[-1][1]]


def resampled(differences, confidence):
    weights = Counter()
    for draw in itertools.product(differences, repeat=len(differences)):
        weights[float(np.median(walsh(draw)))] += 1
    total, tail = sum(weights.values()), (1 - confidence) / 2

    def quantile(q):
        reached = 0
        for value in sorted(weights):
            reached += weights[value]
            if reached >= q * total - 1e-9:
                return value

    return [quantile(tail), quantile(1 - tail)]


EXACT = [(normal(n, c), center) for n, c, center in [(1, 0.1, 0), (6, 0.02, 0), (10, 0.02, 0.01), (25, -0.01, 0), (60, 0.02, 0.01)]]
TIES = [([0.01, 0.01, -0.01, 0.02, 0.02, 0.0, 0.03], 0), ([0.0] * 5, 0), (normal(9, 0.02, 2), 0), (normal(12, 0.01, 2), 0.01)]
LARGE = [(normal(150, 0.003), 0), (normal(300, 0.01, 3), 0)]
HOLM = [[0.01, 0.04, 0.03, 0.005], [0.5, 0.6], [0.02], [0.01, 0.01, 0.01]]


def holm(p_values):
    order = np.argsort(p_values, kind="stable")
    adjusted, least = [0.0] * len(p_values), 0.0
    for step, index in enumerate(order):
        least = max(least, min(1.0, (len(p_values) - step) * p_values[index]))
        adjusted[index] = least
    return adjusted


INTERVALS = [(normal(n, 0.02), c) for n, c in [(6, 0.95), (10, 0.95), (10, 0.99), (23, 0.99)]]
FEW = [(normal(n, 0.02), c) for n, c in [(1, 0.95), (3, 0.95), (5, 0.95), (6, 0.99)]]

print(json.dumps({
    "p_above":
        [{"differences": d, "center": c, "p": p_above(d, c)} for d, c in EXACT]
        + [{"differences": d, "center": c, "p": p_above_by_counting(d, c)} for d, c in TIES]
        + [{"differences": d, "center": c, "p": p_above_normal(d, c)} for d, c in LARGE],
    "estimates": [{"differences": d, "estimate": float(np.median(walsh(d)))} for d, _ in EXACT + TIES],
    "intervals":
        [{"differences": d, "confidence": c, "interval": interval(d, c)} for d, c in INTERVALS]
        + [{"differences": d, "confidence": c, "interval": resampled(d, c)} for d, c in FEW],
    "holm": [{"p_values": p, "adjusted": holm(p)} for p in HOLM],
}))

"""Writes fixtures/metrics.json: measures by scikit-learn, scipy, sacrebleu, rouge-score, jiwer, torchmetrics,
pycocotools.

    python3 -m venv --system-site-packages VENV
    VENV/bin/pip install scikit-learn scipy sacrebleu rouge-score jiwer torchmetrics pycocotools
    VENV/bin/python tools/oracle/metrics.py

A case names a function of `metrics`, its arguments and its value. The Frechet distance (scipy's sqrtm), the Inception
score, Dice, the answers of SQuAD and the area of VOC are formulas written out here.
"""

import collections
import math
import re
import string

import jiwer
import numpy as np
import sacrebleu
import scipy.linalg
import scipy.stats
import sklearn.metrics as sk
import torch
import torchmetrics.functional as tm
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from rouge_score import rouge_scorer

from harness import save

rng = np.random.default_rng(0)
cases = []


def plain(value):
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, (np.ndarray, torch.Tensor)):
        return plain(value.tolist())
    if isinstance(value, float) and math.isinf(value):
        return "Infinity"
    return value.item() if isinstance(value, np.generic) else value


def case(name, args, value, tolerance=1e-12):
    cases.append({"name": name, "args": plain(args), "value": plain(value), "tolerance": tolerance})


# Classification ------------------------------------------------------------------------------------------------------
truth, guess = rng.integers(0, 4, 40), rng.integers(0, 4, 40)
guess[:20] = truth[:20]
guess[guess == 3] = 0  # a class that is never predicted
two, other = (truth > 1).astype(int), (guess > 1).astype(int)
case("accuracy", [truth, guess], sk.accuracy_score(truth, guess))
logits = rng.normal(size=(40, 4)).round(2)
chances = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
for k in (1, 2, 3):
    case("topKAccuracy", [truth, logits, k], sk.top_k_accuracy_score(truth, logits, k=k))
case("confusionMatrix", [truth, guess], sk.confusion_matrix(truth, guess))
case("confusionMatrix", [truth, guess, {"classes": [2, 0]}], sk.confusion_matrix(truth, guess, labels=[2, 0]))
for average in ("binary", "micro", "macro", "weighted"):
    t, g = (two, other) if average == "binary" else (truth, guess)
    options = {"average": average}
    case("precision", [t, g, options], sk.precision_score(t, g, average=average, zero_division=0))
    case("recall", [t, g, options], sk.recall_score(t, g, average=average))
    case("f1", [t, g, options], sk.f1_score(t, g, average=average))
    case("fBeta", [t, g, 2, options], sk.fbeta_score(t, g, beta=2, average=average))
case("f1", [two, other, {"positive": 0}], sk.f1_score(two, other, pos_label=0))
for t, g in ((truth, guess), (two, other), (np.zeros(3), np.array([0, 1, 0]))):
    case("matthews", [t, g], sk.matthews_corrcoef(t, g))
    case("balancedAccuracy", [t, g], sk.balanced_accuracy_score(t, g))
case("cohenKappa", [truth, guess], sk.cohen_kappa_score(truth, guess))
scores = (rng.random(40) + 0.3 * two).round(1)  # with ties
fpr, tpr, at = sk.roc_curve(two, scores, drop_intermediate=False)
case("rocCurve", [two, scores], {"falsePositiveRate": fpr, "truePositiveRate": tpr, "thresholds": at})
p, r, at = sk.precision_recall_curve(two, scores)
case("precisionRecallCurve", [two, scores], {"precision": p, "recall": r, "thresholds": at})
case("rocAuc", [two, scores], sk.roc_auc_score(two, scores))
for way in ("ovr", "ovo"):
    for average in ("macro", "weighted"):
        case("rocAuc", [truth, chances, {"multiclass": way, "average": average}],
             sk.roc_auc_score(truth, chances, multi_class=way, average=average))
case("averagePrecision", [two, scores], sk.average_precision_score(two, scores))
case("auc", [[0, 0.5, 2], [1, 3, 2]], sk.auc([0, 0.5, 2], [1, 3, 2]))
case("logLoss", [truth, chances], sk.log_loss(truth, chances))
case("logLoss", [two, chances[:, 0]], sk.log_loss(two, chances[:, 0]))
case("logLoss", [[0, 1], [1.0, 1.0]], sk.log_loss([0, 1], [1.0, 1.0]))
case("brierScore", [two, chances[:, 0]], sk.brier_score_loss(two, chances[:, 0]))

# Regression ----------------------------------------------------------------------------------------------------------
x = rng.normal(size=30).round(1)
y = (0.7 * x + rng.normal(size=30)).round(1)
for name, f in {
    "meanSquaredError": sk.mean_squared_error, "rootMeanSquaredError": sk.root_mean_squared_error,
    "meanAbsoluteError": sk.mean_absolute_error, "meanAbsolutePercentageError": sk.mean_absolute_percentage_error,
    "r2": sk.r2_score, "explainedVariance": sk.explained_variance_score,
    "pearson": lambda a, b: scipy.stats.pearsonr(a, b)[0], "spearman": lambda a, b: scipy.stats.spearmanr(a, b)[0],
}.items():
    case(name, [x + 3, y + 2], f(x + 3, y + 2))
case("r2", [[2.0, 2.0], [2.0, 2.0]], sk.r2_score([2.0, 2.0], [2.0, 2.0]))
case("r2", [[2.0, 2.0], [2.0, 3.0]], sk.r2_score([2.0, 2.0], [2.0, 3.0]))

# Text ----------------------------------------------------------------------------------------------------------------
said = ["The cat sat on the mat, near 3.5 dogs.", "He didn't pay $1,000 -- ever!", "A &quot;new&quot; day",
        "well-known facts; 10-20 of them"]
meant = [["The cat is sitting on the mat near 3.5 dogs.", "A cat sat on the mat, by 3.5 dogs."],
         ["He did not pay $1,000, ever!", "He never paid 1,000 dollars!"],
         ["A new day", 'A "new" day has come'], ["well known facts: 10-20 of them", "facts, about 10-20"]]
streams = [[refs[i] for refs in meant] for i in range(2)]


def bleu_of(h, r, **options):
    made = sacrebleu.BLEU(**options).corpus_score(h, r)
    return {"score": made.score, "precisions": made.precisions, "brevityPenalty": made.bp}


case("bleu", [said, meant], bleu_of(said, streams))
case("bleu", [said, meant, {"lowercase": True, "smoothing": "none"}],
     bleu_of(said, streams, lowercase=True, smooth_method="none"))
case("bleu", [["a cat sat there"], [["the cat sat down"]]], bleu_of(["a cat sat there"], [["the cat sat down"]]))
case("bleu", [["a cat"], [["the cat"]], {"effectiveOrder": True}], bleu_of(["a cat"], [["the cat"]],
                                                                      effective_order=True))
case("bleu", [["nothing"], [["in common here"]]], bleu_of(["nothing"], [["in common here"]]))
case("chrF", [said, meant], sacrebleu.CHRF().corpus_score(said, streams).score)
case("chrF", [["ab"], [["abc"]], {"beta": 1}], sacrebleu.CHRF(beta=1).corpus_score(["ab"], [["abc"]]).score)
scorer = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL"])
first = [refs[0] for refs in meant]
each = [scorer.score(t, h) for t, h in zip(first, said)]
case("rouge", [first, said], {
    key: {part: float(np.mean([getattr(s[key], old) for s in each]))
          for part, old in (("precision", "precision"), ("recall", "recall"), ("f1", "fmeasure"))}
    for key in ("rouge1", "rouge2", "rougeL")})
case("wordErrorRate", [first, said], jiwer.wer(first, said))
case("characterErrorRate", [first, said], jiwer.cer(first, said))
case("editDistance", ["kitten", "sitting"], 3)
logs = -rng.random(9).round(3)
case("perplexity", [logs], math.exp(-logs.mean()))


def normal(text):
    kept = "".join(c for c in text.lower() if c not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", kept).split()


def word_f1(a, b):
    a, b = normal(a), normal(b)
    if not a or not b:
        return float(a == b)
    shared = sum((collections.Counter(a) & collections.Counter(b)).values())
    return 2 * shared / (len(a) + len(b))


answers = [["The Eiffel Tower", "Eiffel"], ["in 1999"], ["the"], ["cats, dogs"]]
given = ["eiffel tower!", "1999", "a", "birds"]
case("squad", [given, answers], {
    "exactMatch": np.mean([max(normal(a) == normal(g) for a in all_) for all_, g in zip(answers, given)]),
    "f1": np.mean([max(word_f1(a, g) for a in all_) for all_, g in zip(answers, given)])})

# Retrieval -----------------------------------------------------------------------------------------------------------
relevance, found = rng.integers(0, 3, 12), rng.permutation(12) / 10
hits = torch.tensor(relevance > 0)
case("ndcg", [relevance, found], sk.ndcg_score([relevance], [found]))
case("ndcg", [relevance, found, 5], sk.ndcg_score([relevance], [found], k=5))
t = torch.tensor(found)
case("precisionAt", [relevance, found, 4], tm.retrieval_precision(t, hits, top_k=4), 1e-6)
case("recallAt", [relevance, found, 4], tm.retrieval_recall(t, hits, top_k=4), 1e-6)
case("retrievalAveragePrecision", [relevance, found], tm.retrieval_average_precision(t, hits), 1e-6)
case("reciprocalRank", [relevance, found], tm.retrieval_reciprocal_rank(t, hits), 1e-6)
case("meanAveragePrecision", [[[0, 1], [1, 0, 1]], [[0.1, 0.2], [0.3, 0.4, 0.1]]], (1 + (1 / 2 + 2 / 3) / 2) / 2)
case("meanReciprocalRank", [[[0, 1], [1, 0, 0]], [[0.1, 0.2], [0.3, 0.4, 0.1]]], (1 + 1 / 2) / 2)

# Generation ----------------------------------------------------------------------------------------------------------
a, b = rng.normal(size=(20, 5)).round(3), (rng.normal(size=(16, 5)) @ rng.normal(size=(5, 5)) + 0.5).round(3)
ca, cb = np.cov(a.T), np.cov(b.T)
case("frechetDistance", [a, b], ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(
    ca + cb - 2 * scipy.linalg.sqrtm(ca @ cb).real), 1e-8)
parts = [np.exp(np.mean((q * np.log(q / q.mean(0))).sum(1))) for q in np.split(chances, 4)]
case("inceptionScore", [chances, 4], {"mean": np.mean(parts), "deviation": np.std(parts, ddof=1)})

# Detection -----------------------------------------------------------------------------------------------------------
case("boxIoU", [[0, 0, 2, 2], [1, 1, 3, 4]], 1 / 9)
case("boxIoU", [[0, 0, 1, 1], [2, 2, 3, 3]], 0)
m, n = rng.integers(0, 3, 50), rng.integers(0, 3, 50)
case("maskIoU", [m, n], sk.jaccard_score(m == 1, n == 1))
case("meanIoU", [m, n], sk.jaccard_score(m, n, average="macro"))
case("dice", [m, n, 2], 2 * ((m == 2) & (n == 2)).sum() / ((m == 2).sum() + (n == 2).sum()))
images, detections = [], []
for _ in range(6):
    corner, size, labels = rng.integers(0, 60, (5, 2)), rng.integers(8, 40, (5, 2)), rng.integers(0, 3, 5)
    boxes = np.hstack([corner, corner + size])
    images.append({"boxes": boxes, "labels": labels})
    moved = np.vstack([boxes + rng.integers(-5, 6, (5, 4)), boxes[:3] + rng.integers(-3, 4, (3, 4))])
    detections.append({"boxes": moved, "labels": np.concatenate([labels, labels[:2], [2]]),
                       "scores": rng.permutation(8) / 10 + 0.05})


def wide(box):
    return [float(v) for v in (box[0], box[1], box[2] - box[0], box[3] - box[1])]


known, seen = COCO(), []
known.dataset = {
    "images": [{"id": i} for i in range(len(images))], "categories": [{"id": c} for c in range(3)],
    "annotations": [
        {"image_id": i, "category_id": int(c), "bbox": wide(b), "area": wide(b)[2] * wide(b)[3], "iscrowd": 0}
        for i, image in enumerate(images) for b, c in zip(image["boxes"], image["labels"])],
}
for i, annotation in enumerate(known.dataset["annotations"]):
    annotation["id"] = i + 1
known.createIndex()
for i, d in enumerate(detections):
    seen += [{"image_id": i, "category_id": int(c), "bbox": wide(b), "score": float(v)}
             for b, c, v in zip(d["boxes"], d["labels"], d["scores"])]
evaluation = COCOeval(known, known.loadRes(seen), "bbox")
evaluation.evaluate()
evaluation.accumulate()
precision = evaluation.eval["precision"][:, :, :, 0, -1]  # thresholds, recalls, classes; all sizes, 100 detections
case("coco", [detections, images, {}], {"mean": precision.mean(), "classes": precision.mean((0, 1))}, 1e-9)
case("coco", [detections, images, {"thresholds": [0.75]}],
     {"mean": precision[5].mean(), "classes": precision[5].mean(0)}, 1e-9)


def voc(threshold):
    """The mean area under precision over recall; a detection belongs to the box it overlaps most, once."""
    areas = []
    for label in range(3):
        found, positives = [], 0
        for image, detected in zip(images, detections):
            boxes = image["boxes"][image["labels"] == label]
            positives += len(boxes)
            taken = set()
            for i in np.argsort(-detected["scores"]):
                if detected["labels"][i] != label:
                    continue
                box, overlaps = detected["boxes"][i], []
                for b in boxes:
                    w = max(0, min(box[2], b[2]) - max(box[0], b[0])) * max(0, min(box[3], b[3]) - max(box[1], b[1]))
                    overlaps.append(w / ((box[2] - box[0]) * (box[3] - box[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w))
                best = int(np.argmax(overlaps)) if overlaps else -1
                right = best >= 0 and overlaps[best] >= threshold and best not in taken
                if right:
                    taken.add(best)
                found.append((-detected["scores"][i], right))
        found.sort(key=lambda pair: pair[0])
        tp = np.cumsum([right for _, right in found])
        recall, precision = tp / positives, tp / np.arange(1, len(tp) + 1)
        edges = np.concatenate([[0], recall])
        areas.append(sum((edges[i + 1] - edges[i]) * precision[i:].max() for i in range(len(tp))))
    return {"mean": np.mean(areas), "classes": areas}


for threshold in (0.5, 0.6):
    case("coco", [detections, images, {"style": "voc", "thresholds": [threshold]}], voc(threshold))

# Clusters ------------------------------------------------------------------------------------------------------------
points, labels = rng.normal(size=(25, 2)).round(2), rng.integers(0, 3, 25)
points[labels == 1] += 1
labels[0] = 7  # alone
case("silhouette", [points, labels], sk.silhouette_score(points, labels))
case("adjustedRand", [truth, guess], sk.adjusted_rand_score(truth, guess))
case("mutualInformation", [truth, guess], sk.mutual_info_score(truth, guess))
case("normalizedMutualInformation", [truth, guess], sk.normalized_mutual_info_score(truth, guess))

save("metrics", cases)

"""Writes fixtures/classical.json: what scikit-learn's models make of the data sets that ship with the library.

    VENV/bin/python tools/oracle/classical.py      (scikit-learn: see metrics.py)

Every third row is for testing. A case names a model, its options, a data set, whether columns are standardized, and
what it gives for the test rows: classes, numbers, probabilities or margins. Of equally good splits scikit-learn's trees
take one by chance; a case of trees stands only where ten seeds agree.
"""

import pathlib
import re

import numpy as np
import torch
from sklearn import cluster, decomposition, ensemble, linear_model, naive_bayes, neighbors, preprocessing, svm, tree
from sklearn.base import clone
from sklearn.model_selection import KFold, cross_val_score

from harness import pack, save

EMBEDDED = pathlib.Path(__file__).parents[2] / "packages/gradus/src/data/embedded"
cases = []


def read(name):
    text = re.search("`(.*)`", (EMBEDDED / f"{name}.ts").read_text(), re.S)[1].replace("\\\n", "")
    rows = np.array([[float(v) for v in line.split(",")] for line in text.strip().split("\n")[1:]])
    return rows[:, :-1].astype(np.float32).astype(np.float64), rows[:, -1].astype(int)


DATA = {name: read(name) for name in ("iris", "wine", "breast-cancer")}


def packed(x):
    return pack(torch.from_numpy(np.array(x, dtype=np.float64)))


def split(name, scaled, target):
    x, y = DATA[name]
    if target is not None:  # a column to be told from the others
        x, y = np.delete(x, target, 1), x[:, target]
    held = np.arange(len(x)) % 3 == 2
    if scaled:
        x = preprocessing.StandardScaler().fit(x[~held]).transform(x)
    return x[~held], y[~held], x[held], y[held]


def case(model, options, made, name, scaled=False, target=None, tolerance=1e-8, give="predict"):
    x, y, tx, ty = split(name, scaled, target)
    made.fit(x, y)
    if "random_state" in made.get_params() and hasattr(made, "max_depth"):
        others = [clone(made).set_params(random_state=s).fit(x, y).predict(tx) for s in range(1, 10)]
        if any(not np.allclose(other, made.predict(tx), rtol=1e-9) for other in others):
            print("depends on the seed:", model, options, name)
            return
    cases.append({"model": model, "options": options, "data": name, "scaled": scaled, "target": target, "give": give,
                  "values": packed(getattr(made, give)(tx)), "score": made.score(tx, ty), "tolerance": tolerance})


for name in DATA:
    for k in (1, 5):
        case("KNeighborsClassifier", {"k": k}, neighbors.KNeighborsClassifier(k), name, True, give="predict_proba")
    case("GaussianNB", {}, naive_bayes.GaussianNB(), name, give="predict_proba", tolerance=1e-6)
    case("MultinomialNB", {"alpha": 0.5}, naive_bayes.MultinomialNB(alpha=0.5), name, give="predict_proba",
         tolerance=1e-6)
    case("BernoulliNB", {"threshold": 1}, naive_bayes.BernoulliNB(binarize=1), name, give="predict_proba")
    case("LogisticRegression", {"c": 0.5}, linear_model.LogisticRegression(C=0.5, tol=1e-12, max_iter=10000), name,
         True, give="predict_proba", tolerance=1e-5)
    case("LinearSVC", {"c": 0.1, "tolerance": 1e-9, "steps": 3000},
         svm.LinearSVC(loss="hinge", C=0.1, tol=1e-10, max_iter=1000000), name, True, give="decision_function",
         tolerance=1e-4)
    for kernel in ("rbf", "linear", "poly"):
        case("SVC", {"c": 2, "kernel": kernel, "tolerance": 1e-6, "offset": 1},
             svm.SVC(C=2, kernel=kernel, tol=1e-6, coef0=1, decision_function_shape="ovo"), name, True,
             give="decision_function", tolerance=1e-4)
    for criterion in ("gini", "entropy"):
        case("DecisionTreeClassifier", {"criterion": criterion, "maxDepth": 2, "minSamplesLeaf": 5},
             tree.DecisionTreeClassifier(criterion=criterion, max_depth=2, min_samples_leaf=5, random_state=0), name)
for name, target in (("iris", 3), ("wine", 0), ("breast-cancer", 0)):
    if name != "iris":  # whose rows lie equally near
        case("KNeighborsRegressor", {"k": 4}, neighbors.KNeighborsRegressor(4), name, True, target)
    case("LinearRegression", {}, linear_model.LinearRegression(tol=1e-14), name, False, target, 1e-6)
    case("Ridge", {"alpha": 0.7}, linear_model.Ridge(0.7), name, False, target, 1e-6)
    case("Ridge", {"alpha": 30, "method": "descent", "steps": 4000}, linear_model.Ridge(30), name, True, target, 1e-6)
    case("DecisionTreeRegressor", {"maxDepth": 3, "minSamplesLeaf": 4},
         tree.DecisionTreeRegressor(max_depth=3, min_samples_leaf=4, random_state=0), name, False, target)
    case("GradientBoostingRegressor", {"trees": 20, "maxDepth": 2, "minSamplesLeaf": 5},
         ensemble.GradientBoostingRegressor(n_estimators=20, max_depth=2, min_samples_leaf=5, criterion="squared_error",
                                            random_state=0), name, False, target, 1e-5)

others = {}
for name in DATA:
    x, _, tx, _ = split(name, True, None)
    made = decomposition.PCA(3).fit(x)
    start = x[[0, len(x) // 2, len(x) - 1]]
    means = cluster.KMeans(3, init=start, n_init=1, tol=0).fit(x)
    best = cluster.KMeans(3, n_init=50, random_state=0).fit(x)
    low = preprocessing.MinMaxScaler().fit(DATA[name][0])
    others[name] = {
        "variance": packed(made.explained_variance_), "ratio": packed(made.explained_variance_ratio_),
        "directions": packed(np.abs(made.components_)),
        "rebuilt": packed(made.inverse_transform(made.transform(tx))[:5]),
        "inertia": means.inertia_, "best": best.inertia_, "minMax": packed(low.transform(DATA[name][0])[:4]),
        "folds": cross_val_score(neighbors.KNeighborsClassifier(3), *DATA[name], cv=KFold(5, shuffle=False)).tolist(),
        "forest": float(np.mean([ensemble.RandomForestClassifier(100, random_state=s).fit(*split(name, False, None)[:2])
                                 .score(*split(name, False, None)[2:]) for s in range(5)])),
        "boosting": ensemble.GradientBoostingClassifier(n_estimators=30, random_state=0).fit(
            *split(name, False, None)[:2]).score(*split(name, False, None)[2:]),
    }
save("classical", [{"cases": cases, "others": others}])

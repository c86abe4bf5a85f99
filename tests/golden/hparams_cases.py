"""Calls of HParams, for TensorFlow and for slim_torch: `CASES`, functions of `(HParams, parse_values)` by name."""

import collections

CASES = collections.OrderedDict()

TEXTS = """lr=0.5|lr=1|n=4|n=4.5|n=4.0|n=abc|name=sgd|flag=false|flag=True|flag=0|flag=1|flag=no|layers=[3,4,5]|layers[1]=7
layers=3|lr=[1,2]|fl=[1,2]|names=[x,y]|names=[x]|names=[x y]|names=[x, y ]|lr=0.2,n=9|lr=0.2, n=9| lr=0.2|lr = 0.2|lr=0.2,lr=0.3
zz=1|lr|lr=|name=|names=[]|layers[0]=1,layers[1]=2|n=1e3|lr=1e-3|name=a b|name="q"|layers=[1.5]|lr=.5|lr=-3||flag=T
n=0x10|n=-4|name=a-b/c:d|name=a.b|lr=inf|name=[a]|lr=1,2|lr=0.2,|n=[1|name=a=b|names=[a=b]|n= 5|names=[[a]]|n=5 |lr[0]=1"""

SETS = [
    ("lr", 1),
    ("n", 2.0),
    ("n", 2.5),
    ("n", "3"),
    ("lr", "x"),
    ("name", 3),
    ("name", "sgd"),
    ("layers", [1, "a"]),
    ("layers", [4, 5]),
    ("layers", 3),
    ("layers", (4, 5)),
    ("layers", []),
    ("fl", [1, 2]),
    ("lr", [1]),
    ("lr", True),
    ("flag", 1),
    ("flag", False),
    ("flag", 0.0),
    ("n", True),
    ("n", None),
    ("zz", 1),
    ("none", 4),
    ("none", "a"),
    ("name", b"x"),
    ("lr", None),
]

TYPES = {"a": int, "b": float, "c": str, "d": int}
PARSED = [
    "a=1,b=2.5,c=[x,y],d[2]=5",
    "a=1,b=2.5",
    "a=1,a=2",
    "a[1]=1,a[1]=2",
    "a=1,a[1]=2",
    "a[1]=1,a=2",
    "a[0]=1,a[3]=2",
]


def case(function):
    CASES[function.__name__] = function
    return function


def made(HParams):
    return HParams(
        lr=0.1, n=3, name="adam", flag=True, layers=[1, 2], fl=[0.5, 1.0], names=["a", "b"], none=None
    )


def shown(params):
    return [[name, repr(value)] for name, value in sorted(params.values().items())]


def parsing(text):
    return lambda HParams, parse_values: shown(made(HParams).parse(text))


def setting(name, value):
    def set_it(HParams, parse_values):
        params = made(HParams)
        params.set_hparam(name, value)
        return [shown(params), getattr(params, name) == params.get(name)]

    return set_it


def parsing_values(text, ignore):
    def parse_it(HParams, parse_values):
        types = {name: TYPES[name] for name in ("a", "c")} if ignore is not None else TYPES
        return sorted(map(repr, parse_values(text, types, bool(ignore)).items()))

    return parse_it


for one in TEXTS.replace("\n", "|").split("|"):
    CASES["parse " + one] = parsing(one)
for key, given in SETS:
    CASES[f"set {key} {given!r}"] = setting(key, given)
for one in PARSED:
    for ignoring in (None, True, False):
        CASES[f"values {one} {ignoring}"] = parsing_values(one, ignoring)


@case
def construction(HParams, parse_values):
    params = HParams(b=1, a=2.5, c=[1, 2], s="x", f=True)
    return [
        str(params),
        repr(params),
        list(params.values()),
        params.b,
        params.c,
        "a" in params,
        "zz" in params,
    ]


@case
def missing_attribute(HParams, parse_values):
    return made(HParams).zz


@case
def with_default(HParams, parse_values):
    params = made(HParams)
    return [
        params.get("lr"),
        params.get("zz"),
        params.get("zz", 5),
        params.get("lr", 3),
        params.get("none", 3),
    ]


for key, given in [("n", 2.5), ("n", "a"), ("layers", 3), ("layers", [3]), ("lr", [1.0])]:
    CASES[f"get {key} {given!r}"] = lambda HParams, parse_values, key=key, given=given: made(HParams).get(
        key, given
    )


@case
def as_json(HParams, parse_values):
    params = HParams(b=1, a=2.5, c=[1, 2], s="x", n=None)
    return [params.to_json(), params.to_json(indent=2, separators=(",", ":"), sort_keys=True)]


@case
def from_json(HParams, parse_values):
    return shown(made(HParams).parse_json('{"lr":0.7,"n":2,"layers":[9]}'))


@case
def from_unknown_json(HParams, parse_values):
    return shown(made(HParams).parse_json('{"zz":1}'))


@case
def from_dictionary(HParams, parse_values):
    return [
        shown(made(HParams).override_from_dict({"lr": 1, "n": 7, "layers": [1]})),
        shown(made(HParams).set_from_map({"lr": 0.7})),
    ]


@case
def added_twice(HParams, parse_values):
    made(HParams).add_hparam("lr", 1)


@case
def reserved(HParams, parse_values):
    made(HParams).add_hparam("parse", 1)


@case
def empty_list(HParams, parse_values):
    HParams(a=[])


@case
def mixed_lists(HParams, parse_values):
    return shown(HParams(a=[1, "b"], b=[1, 2.5], c=(1, 2)))


@case
def deleted(HParams, parse_values):
    params = made(HParams)
    params.del_hparam("lr")
    params.del_hparam("zz")
    return [shown(params), hasattr(params, "lr")]


@case
def attributes_set(HParams, parse_values):
    params = made(HParams)
    params.lr = 5
    params.zz = 6
    return [shown(params), params.zz]


@case
def model_structure(HParams, parse_values):
    params = HParams(model_structure=5)
    before = params.get_model_structure()
    params.set_model_structure(6)
    return [before, params.get_model_structure(), HParams().get_model_structure()]


def answer(function, HParams, parse_values):
    try:
        return function(HParams, parse_values)
    except (AttributeError, KeyError, TypeError, ValueError) as err:
        return {"error": type(err).__name__, "message": str(err)}

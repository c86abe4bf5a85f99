"""What `slim_torch.compat` has of `six` and `absl` where those are not installed."""

import subprocess
import sys

SCRIPT = """
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name in ("six", "absl") else found(name, *rest)

import slim_torch.compat
slim_torch.compat.install()

import abc
import pickle
import six
import six.moves.cPickle
import urllib.request
from absl import app, flags, logging
from six.moves import range, urllib as moved, xrange, zip_longest
from six.moves.urllib.request import urlretrieve

import tensorflow as tf

assert six.moves.cPickle is pickle and urlretrieve is urllib.request.urlretrieve and moved is urllib
assert list(xrange(2)) == list(range(2)) == [0, 1]
assert list(zip_longest("a", "bc")) == [("a", "b"), (None, "c")]
assert isinstance("a", six.string_types) and isinstance(1, six.integer_types) and not six.PY2
assert dict(six.iteritems({1: 2})) == {1: 2} and list(six.itervalues({1: 2})) == [2]
assert six.ensure_str(b"a") == "a" == six.ensure_text("a") and six.ensure_binary("a") == b"a" == six.b("a")


@six.add_metaclass(abc.ABCMeta)
class Shape(object):
    @abc.abstractmethod
    def area(self):
        pass


class Base(six.with_metaclass(abc.ABCMeta, dict)):
    pass


assert type(Shape) is type(Base) is abc.ABCMeta and Base.__mro__[1] is dict
for make, expected in [
    (Shape, TypeError),
    (lambda: six.raise_from(KeyError("k"), None), KeyError),
    (lambda: six.reraise(ValueError, ValueError("v")), ValueError),
]:
    try:
        make()
    except expected:
        continue
    raise AssertionError(expected)

flags.DEFINE_integer("steps", 3, "how many")
assert flags.FLAGS is tf.app.flags.FLAGS
assert flags.FLAGS.steps == 3
logging.info("told")
"""


def test_six_and_absl_where_they_are_not_installed():
    result = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


OLDER = """
import collections, inspect, time
import numpy as np

assert not hasattr(np, "float") and not hasattr(collections, "Iterable")
kept = np.float64, collections.OrderedDict

import slim_torch.compat
slim_torch.compat.install()

assert np.zeros(2, np.float).dtype == np.float64 and np.zeros(1, np.int).dtype == np.int64
assert np.zeros(1, np.bool).dtype == bool and np.array("a", dtype=np.object).dtype == object
assert np.asscalar(np.array([3])) == 3 and np.product([2, 3]) == 6 and np.isnan(np.NaN) and np.Inf > 1
assert isinstance([], collections.Iterable) and isinstance({}, collections.Mapping)
assert time.clock() >= 0
assert inspect.getargspec(lambda a, b=1, *c, **d: 0) == (["a", "b"], "c", "d", (1,))
assert (np.float64, collections.OrderedDict) == kept
"""


def test_names_that_python_and_numpy_have_dropped():
    result = subprocess.run([sys.executable, "-W", "error", "-c", OLDER], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr

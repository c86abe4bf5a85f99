"""Programs of one expression a line that both TensorFlow and slim_torch evaluate, and how answers compare.

Runs under Python 3.7 with the oracle (`record`) and under the project's Python (`check`). What the names
in an expression mean, and how an answer becomes JSON, is the caller's: `names` is the namespace, and
`encode` turns a value into numbers, strings, lists, None, or `{"dtype", "shape", "values"}` for a tensor.
"""

import numpy as np


def tensor(values):
    """The encoding of a NumPy array."""
    if values.dtype == np.float32:
        # Digits enough to give the same float32 back, and no more.
        flat = [float(f"{value:.9g}") for value in values.ravel().tolist()]
    else:
        flat = values.ravel().tolist()
    return {"dtype": str(values.dtype), "shape": list(values.shape), "values": flat}


def record(program, names, encode):
    """The oracle's answers to a list of expressions.

    A step is an expression, or a pair of an expression that raises and the words of its message that our
    message must have too (empty where the words are Python's own).
    """
    answers = []
    for step in program:
        expression, words = step if isinstance(step, tuple) else (step, None)
        answer, raised = {"expression": expression}, None
        try:
            answer["value"] = encode(eval(expression, names))
        except Exception as err:
            raised = err
        if raised is not None:
            assert words is not None, f"{expression} raised {raised!r}"
            assert words in str(raised), f"{expression}: {words!r} is not in {str(raised)!r}"
            kinds = [kind.__name__ for kind in type(raised).__mro__]
            answer["error"] = kinds[: kinds.index("Exception")]
            answer["words"] = words
        else:
            assert words is None, f"{expression} should have raised, gave {answer['value']!r}"
        answers.append(answer)
    return answers


def check(answers, names, encode, relative=1e-5):
    """Asserts that each expression gives what the oracle answered.

    Values agree to `relative` times the largest magnitude; an exception is of a class that the oracle's
    exception was an instance of, and its message has the recorded words.
    """
    for answer in answers:
        expression = answer["expression"]
        value = raised = None
        try:
            value = encode(eval(expression, names))
        except Exception as err:
            raised = err
        if raised is not None:
            assert "error" in answer, f"{expression} raised {raised!r}, expected {answer['value']!r}"
            assert type(raised).__name__ in answer["error"], f"{expression} raised {raised!r}"
            assert answer["words"] in str(raised), f"{expression}: {answer['words']!r} not in {str(raised)!r}"
        else:
            assert "value" in answer, f"{expression} gave {value!r}, expected {answer['error'][0]}"
            _compare(value, answer["value"], expression, relative)


def _compare(given, expected, expression, relative):
    if isinstance(expected, dict) and "values" in expected:
        assert isinstance(given, dict), f"{expression} gave {given!r}, expected a tensor"
        assert given["dtype"] == expected["dtype"], expression
        assert given["shape"] == expected["shape"], expression
        want = np.array(expected["values"])
        finite = np.abs(want[np.isfinite(want)]) if want.dtype.kind == "f" else np.zeros(0)
        limit = relative * finite.max() if finite.size else 0.0
        np.testing.assert_allclose(np.array(given["values"]), want, rtol=0, atol=limit, err_msg=expression)
    else:
        assert given == expected, f"{expression} gave {given!r}, expected {expected!r}"
        assert type(given) is type(expected), f"{expression} gave {given!r}, expected {expected!r}"

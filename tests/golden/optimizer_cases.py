"""The optimizers that TensorFlow and slim_torch are both asked about: settings, variables and gradients."""

import numpy as np

STEPS = 10

VARIABLES = {
    "w": np.array([1.0, -2.0, 0.5], np.float32),
    "net/kernel": np.array([[0.1, -0.2, 0.3], [0.4, -0.5, 0.6]], np.float32),
    "scale": np.array(1.5, np.float32),
    "double": np.array([0.25, -0.75], np.float64),
}

# A learning rate and the like may be given as a tensor or as a function.
TENSOR, FUNCTION = "tensor", "function"


def variables(optimizer):
    """The initial values of the variables that an optimizer is tried with."""
    # TensorFlow cannot run the proximal ones on float64.
    left_out = ("double",) if optimizer.startswith("Proximal") else ()
    return {name: value for name, value in VARIABLES.items() if name not in left_out}


def gradients(step):
    """The gradient of each variable at a step; some elements are zero, and some large."""
    result = {}
    for index, (name, value) in enumerate(sorted(VARIABLES.items())):
        angles = np.arange(value.size, dtype=np.float64) * 1.3 + step * 0.7 + index
        raw = np.sin(angles) * 10.0 ** (np.arange(value.size) % 3 - 1)
        raw[np.abs(np.sin(angles)) < 0.15] = 0.0
        result[name] = raw.reshape(value.shape).astype(value.dtype)
    return result


def _cases():
    cases = []

    def add(optimizer, *settings):
        for number, setting in enumerate(settings):
            cases.append((f"{optimizer}_{number}", optimizer + "Optimizer", setting))

    add(
        "GradientDescent",
        {"learning_rate": 0.1},
        {"learning_rate": 1},
        {"learning_rate": 0.0},
        {"learning_rate": (TENSOR, 0.03)},
        {"learning_rate": (FUNCTION, 0.03)},
        {"learning_rate": 0.5, "use_locking": True, "name": "sgd"},
    )
    add(
        "Momentum",
        {"learning_rate": 0.1, "momentum": 0.9},
        {"learning_rate": 0.1, "momentum": 0.0},
        {"learning_rate": 0.1, "momentum": 0.9, "use_nesterov": True},
        {"learning_rate": (TENSOR, 0.03), "momentum": (TENSOR, 0.7)},
        {"learning_rate": (TENSOR, 0.03), "momentum": (FUNCTION, 0.7), "use_nesterov": True},
        {"learning_rate": 0.01, "momentum": 0.99, "name": "mom", "use_locking": True},
    )
    add(
        "Adam",
        {},
        {"learning_rate": 0.1},
        {"learning_rate": 0.1, "beta1": 0.5, "beta2": 0.9},
        {"learning_rate": 0.1, "epsilon": 0.1},
        {"learning_rate": (TENSOR, 0.03), "beta1": (FUNCTION, 0.8)},
        {"learning_rate": (FUNCTION, 0.03), "epsilon": 1.0, "name": "adam"},
        {"learning_rate": 0.01, "beta1": 0.0, "beta2": 0.99},
    )
    add(
        "RMSProp",
        {"learning_rate": 0.1},
        {"learning_rate": 0.1, "decay": 0.5},
        {"learning_rate": 0.1, "momentum": 0.9},
        {"learning_rate": 0.1, "momentum": 0.9, "centered": True},
        {"learning_rate": 0.1, "epsilon": 1.0, "centered": True},
        {"learning_rate": (TENSOR, 0.03), "decay": (TENSOR, 0.8), "momentum": (TENSOR, 0.5)},
        {"learning_rate": (FUNCTION, 0.03), "epsilon": (FUNCTION, 0.01), "name": "rms"},
    )
    add(
        "Adagrad",
        {"learning_rate": 0.1},
        {"learning_rate": 1.0},
        {"learning_rate": 0.1, "initial_accumulator_value": 1.0},
        {"learning_rate": (TENSOR, 0.03)},
        {"learning_rate": (FUNCTION, 0.03), "initial_accumulator_value": 0.01},
        {"learning_rate": 0.5, "name": "ada", "use_locking": True},
    )
    add(
        "Adadelta",
        {},
        {"learning_rate": 1.0},
        {"learning_rate": 1.0, "rho": 0.5},
        {"learning_rate": 1.0, "epsilon": 0.01},
        {"learning_rate": (TENSOR, 0.3), "rho": (FUNCTION, 0.9)},
        {"learning_rate": (FUNCTION, 0.3), "name": "delta"},
    )
    add(
        "Ftrl",
        {"learning_rate": 0.1},
        {"learning_rate": 0.1, "learning_rate_power": -0.7},
        {"learning_rate": 0.1, "learning_rate_power": 0.0},
        {"learning_rate": 0.1, "initial_accumulator_value": 0.0},
        {"learning_rate": 0.5, "l1_regularization_strength": 0.5},
        {"learning_rate": 0.5, "l2_regularization_strength": 0.5},
        {"learning_rate": 0.5, "l2_shrinkage_regularization_strength": 0.3},
        {
            "learning_rate": (TENSOR, 0.3),
            "l1_regularization_strength": 0.1,
            "l2_regularization_strength": 0.2,
            "l2_shrinkage_regularization_strength": 0.3,
            "accum_name": "squares",
            "linear_name": "linear",
        },
    )
    add(
        "ProximalGradientDescent",
        {"learning_rate": 0.1},
        {"learning_rate": 0.1, "l1_regularization_strength": 0.5},
        {"learning_rate": 0.1, "l2_regularization_strength": 0.5},
        {"learning_rate": 0.1, "l1_regularization_strength": 0.2, "l2_regularization_strength": 0.5},
        {"learning_rate": (TENSOR, 0.3), "l1_regularization_strength": 0.2},
        {"learning_rate": (TENSOR, 0.3), "l2_regularization_strength": 0.2, "name": "prox"},
    )
    add(
        "ProximalAdagrad",
        {"learning_rate": 0.1},
        {"learning_rate": 0.1, "initial_accumulator_value": 1.0},
        {"learning_rate": 0.1, "l1_regularization_strength": 0.5},
        {"learning_rate": 0.1, "l2_regularization_strength": 0.5},
        {"learning_rate": 0.5, "l1_regularization_strength": 0.2, "l2_regularization_strength": 0.5},
        {"learning_rate": (TENSOR, 0.3), "l1_regularization_strength": 0.2, "name": "prox"},
    )
    add(
        "AdagradDA",
        {"learning_rate": 0.1},
        {"learning_rate": 0.1, "initial_gradient_squared_accumulator_value": 1.0},
        {"learning_rate": 0.5, "l1_regularization_strength": 0.2},
        {"learning_rate": 0.5, "l2_regularization_strength": 0.2},
        {"learning_rate": 0.5, "l1_regularization_strength": 0.2, "l2_regularization_strength": 0.5},
        {"learning_rate": (TENSOR, 0.3), "l1_regularization_strength": 0.1, "name": "da"},
    )
    return cases


CASES = _cases()

"""The schedules that TensorFlow and slim_torch are both asked about, and the steps."""

import numpy as np

STEPS = np.array(list(range(0, 45)) + [47, 50, 59, 60, 61, 75, 100, 139, 140, 141, 300, 1000], np.int64)

# What stands for a tensor of that value.
TENSOR = "tensor"


def _cases():
    cases = []

    def add(schedule, *settings):
        for number, setting in enumerate(settings):
            cases.append((f"{schedule}_{number}", schedule, setting))

    for schedule in ("exponential_decay", "natural_exp_decay", "inverse_time_decay"):
        add(
            schedule,
            {"learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.9},
            {"learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.9, "staircase": True},
            {"learning_rate": 0.5, "decay_steps": 7, "decay_rate": 0.3, "staircase": True, "name": "rate"},
            {"learning_rate": 0.5, "decay_steps": 41, "decay_rate": 0.3, "staircase": True},
            {"learning_rate": (TENSOR, 0.1), "decay_steps": (TENSOR, 20), "decay_rate": (TENSOR, 0.5)},
            {"learning_rate": 2.0, "decay_steps": 62.5, "decay_rate": 1.5},
        )
    add(
        "polynomial_decay",
        {"learning_rate": 0.1, "decay_steps": 20},
        {"learning_rate": 0.1, "decay_steps": 20, "cycle": True},
        {"learning_rate": 0.1, "decay_steps": 15, "power": 2.0, "end_learning_rate": 0.01},
        {"learning_rate": 0.1, "decay_steps": 15, "power": 0.5, "cycle": True, "name": "rate"},
        {"learning_rate": (TENSOR, 0.1), "decay_steps": (TENSOR, 30.0), "power": (TENSOR, 0.5)},
        {"learning_rate": 0.1, "decay_steps": (TENSOR, 30.0), "power": 3.0, "cycle": True},
    )
    add(
        "piecewise_constant",
        {"boundaries": [10, 20], "values": [0.1, 0.2, 0.3]},
        {"boundaries": [0, 5, 60, 140], "values": [1.0, 0.5, 0.25, 0.125, 0.0]},
        {"boundaries": [30], "values": [1, 2], "name": "rate"},
    )
    add(
        "cosine_decay",
        {"learning_rate": 0.1, "decay_steps": 40},
        {"learning_rate": 0.1, "decay_steps": 40, "alpha": 0.1},
        {"learning_rate": (TENSOR, 0.5), "decay_steps": (TENSOR, 13), "alpha": (TENSOR, 0.2), "name": "rate"},
    )
    add(
        "cosine_decay_restarts",
        {"learning_rate": 0.1, "first_decay_steps": 10},
        {"learning_rate": 0.1, "first_decay_steps": 10, "t_mul": 1.0},
        {"learning_rate": 0.1, "first_decay_steps": 20, "t_mul": 1.5, "m_mul": 0.8, "alpha": 0.1},
        {"learning_rate": 0.1, "first_decay_steps": (TENSOR, 7), "t_mul": (TENSOR, 3.0), "name": "rate"},
        {"learning_rate": 0.1, "first_decay_steps": 7, "t_mul": (TENSOR, 1.0), "m_mul": 0.5},
    )
    add(
        "linear_cosine_decay",
        {"learning_rate": 0.1, "decay_steps": 40},
        {"learning_rate": 0.1, "decay_steps": 40, "num_periods": 2.0, "alpha": 0.1, "beta": 0.01},
        {"learning_rate": (TENSOR, 0.1), "decay_steps": (TENSOR, 25), "beta": (TENSOR, 0.1), "name": "rate"},
    )
    add(
        "noisy_linear_cosine_decay",
        # Without variance there is no noise.
        {"learning_rate": 0.1, "decay_steps": 40, "initial_variance": 0.0},
        {"learning_rate": 0.1, "decay_steps": 40, "initial_variance": 0.0, "alpha": 0.1, "name": "rate"},
    )
    return cases


CASES = _cases()

"""Runs the networks of a `golden/network_registry.py` registry and compares with TensorFlow's answers."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent / "golden"))

import slim_torch as slim
from slim_torch import initializers, tf
from slim_torch.graph import Graph, GraphKeys
from slim_torch.updates import run_updates

ERRORS = {"ValueError": ValueError, "TypeError": TypeError}
TOLERANCES = {"output": 1e-4, "loss": 1e-5, "average": 1e-5}


class Kit:
    """What a program is made with."""

    tf, slim = tf, slim

    def __init__(self, programs, symbolic):
        self.programs, self.symbolic = programs, symbolic
        self.images = 0

    @staticmethod
    def nets(name):
        return importlib.import_module(f"slim_torch.nets.{name}")

    def image(self, shape):
        self.images += 1
        if self.symbolic:
            return tf.placeholder(tf.float32, shape, name="image")
        return torch.from_numpy(np.array(self.programs.image_value(self.images - 1, shape)))


class Answers:
    """A registry with TensorFlow's answers to it, and the ids by what is asked."""

    def __init__(self, programs):
        self.programs = programs
        self.facts, self.streams = programs.load()
        ids = list(programs.PROGRAMS)
        self.refused = [c for c in ids if "raises" in self.facts[c]]

        def asked(case_ids):
            return [pytest.param(c, marks=pytest.mark.slow) if c in programs.SLOW else c for c in case_ids]

        self.recorded = asked(c for c in ids if c in programs.RECORDED and c not in self.refused)
        self.stepped = asked(c for c in ids if c in programs.STEPPED and c not in self.refused)
        self.computed = asked(c for c in ids if c in self.streams)
        self.hint = (
            f"If the oracle is right, fix the code; to ask it again run golden/make_{programs.name}.py."
        )

    def build(self, case_id, symbolic):
        return self.programs.PROGRAMS[case_id](Kit(self.programs, symbolic))

    def describe(self, case_id, graph, outputs):
        """The facts as golden/make_nets.py tells them."""
        variables = graph.get_collection(GraphKeys.GLOBAL_VARIABLES)
        collections = [GraphKeys.MODEL_VARIABLES, GraphKeys.TRAINABLE_VARIABLES]
        members = [{id(v) for v in graph.get_collection(key)} for key in collections]
        for key, ids in zip(collections, members):
            in_order = [v for v in variables if id(v) in ids]
            assert all(a is b for a, b in zip(graph.get_collection(key), in_order, strict=True)), key
        lines = []
        for v in variables:
            flags = "".join(letter if id(v) in ids else "-" for letter, ids in zip("MT", members))
            lines.append(f"{flags} {v.op.name} {list(v.shape)}")
        updates = [getattr(u, "op", u).name for u in graph.get_collection(GraphKeys.UPDATE_OPS)]
        shapes = [y.get_shape().as_list() if hasattr(y, "get_shape") else list(y.shape) for _, y in outputs]
        facts = {
            "variables": self.programs.listed(case_id, lines),
            "parameters": sum(v.numel() for v in graph.get_collection(GraphKeys.TRAINABLE_VARIABLES)),
            "updates": self.programs.listed(case_id, updates),
            "losses": len(graph.get_collection(GraphKeys.REGULARIZATION_LOSSES)),
            "outputs": [f"{name} {shape}" for (name, _), shape in zip(outputs, shapes)],
        }
        if case_id in self.programs.RECORDED:
            facts["ops"] = [y.op.name for _, y in outputs]
        return facts

    def check_recorded(self, case_id):
        graph = Graph()
        with graph.as_default():
            outputs = self.build(case_id, symbolic=True)
            assert self.describe(case_id, graph, outputs) == self.facts[case_id], self.hint

    def check_stepped(self, case_id):
        graph = Graph()
        with graph.as_default(), graph.step(), torch.no_grad():
            outputs = self.build(case_id, symbolic=False)
            assert self.describe(case_id, graph, outputs) == self.facts[case_id], self.hint

    def check_refused(self, case_id, words):
        """`words` are pairs: what is in TensorFlow's message, and what must be in ours."""
        facts = self.facts[case_id]
        ours = next(ours for theirs, ours in words if theirs in facts["message"])
        with Graph().as_default(), pytest.raises(ERRORS[facts["raises"]]) as raised:
            self.build(case_id, symbolic=case_id in self.programs.RECORDED)
        assert ours in str(raised.value)

    @torch.no_grad()
    def run(self, case_id):
        """One step from the values of `start_value`: the facts, and the arrays by kind and name."""
        graph = Graph()
        with graph.as_default():
            with graph.step():
                self.build(case_id, symbolic=False)
            for v in graph.variables:
                v.assign(self.programs.start_value(v.op.name, list(v.shape)))
            with graph.step():
                outputs = self.build(case_id, symbolic=False)
            losses = graph.get_collection(GraphKeys.REGULARIZATION_LOSSES)
            facts = self.describe(case_id, graph, outputs)
            total = sum(losses) if losses else torch.zeros(())
            run_updates(graph.get_collection(GraphKeys.UPDATE_OPS))
        seen = [("output", name, y) for name, y in outputs]
        seen.append(("loss", "total_loss", total))
        seen += [("average", v.op.name, v) for v in graph.variables if not v.trainable]
        return facts, [(kind, name, array.detach().numpy()) for kind, name, array in seen]

    def differences(self, case_id, seen):
        """For each array: kind, name, and the largest difference relative to the largest expected magnitude."""
        stream, position = self.streams[case_id], 0
        for kind, name, array in seen:
            ours = self.programs.digest(name, array)
            theirs = stream[position : position + ours.size].astype("float64")
            position += ours.size
            assert theirs.size == ours.size, self.hint
            scale = max(np.abs(theirs).max(initial=0.0), 1e-30)
            yield kind, name, np.abs(ours - theirs).max(initial=0.0) / scale
        assert position == stream.size, self.hint

    def check_computed(self, case_id):
        facts, seen = self.run(case_id)
        assert facts == self.facts[case_id], self.hint
        offenders = [
            f"{kind} {name}: off by {off:.3g}, allowed {TOLERANCES[kind]:.3g}"
            for kind, name, off in self.differences(case_id, seen)
            if not off <= TOLERANCES[kind]
        ]
        assert not offenders, "\n".join([*offenders, self.hint])


def without_draws(monkeypatch):
    """Variables begin with whatever is in memory: what is computed is computed from `start_value`."""
    for draw in ("normal", "truncated_normal", "uniform_draws"):
        monkeypatch.setattr(initializers, draw, lambda sizes, low, high, dtype, seed: torch.empty(sizes))

"""A set of networks that TensorFlow 1.15.5 and slim_torch both build, with the files of its answers.

Runs under Python 3.7 with TensorFlow 1.15.5 (the oracle) and under the project's Python, and imports
neither. What a program is, and how weights and images are made, is in `nets_programs.py`.
"""

import gzip
import hashlib
import io
import json
import os

import numpy as np
from nets_programs import digest, image_value, start_value

HERE = os.path.dirname(os.path.abspath(__file__))


class Registry:
    """The programs by id, what is special about some of them, and their answers: `<name>.json.gz` and `.npz`.

    `OWN` are those built from slim_torch's source on either side; of `RECORDED` (a graph) and of `STEPPED` (one
    step) only names and shapes are asked; lists of variables are a digest in `LONG`; `SLOW` take long.
    """

    HERE = HERE
    digest, image_value, start_value = (
        staticmethod(digest),
        staticmethod(image_value),
        staticmethod(start_value),
    )

    def __init__(self, name):
        self.name = name
        self.PROGRAMS = {}
        self.OWN, self.RECORDED, self.STEPPED, self.LONG, self.SLOW = set(), set(), set(), set(), set()

    def case(self, case_id, program, *sets):
        assert case_id not in self.PROGRAMS, case_id
        self.PROGRAMS[case_id] = program
        for names in sets:
            names.add(case_id)

    def listed(self, case_id, lines):
        """A list of variables as it is kept."""
        if case_id not in self.LONG:
            return lines
        return [len(lines), hashlib.sha1("\n".join(lines).encode()).hexdigest()]

    def save(self, facts, streams):
        told = io.BytesIO()
        with gzip.GzipFile(fileobj=told, mode="wb", mtime=0) as file:
            file.write(json.dumps(facts, indent=0, sort_keys=True).encode())
        with open(os.path.join(HERE, self.name + ".json.gz"), "wb") as file:
            file.write(told.getvalue())
        np.savez_compressed(os.path.join(HERE, self.name + ".npz"), **streams)

    def load(self):
        """The facts and the numbers of each program."""
        with gzip.open(os.path.join(HERE, self.name + ".json.gz")) as file:
            facts = json.loads(file.read().decode())
        with np.load(os.path.join(HERE, self.name + ".npz")) as file:
            return facts, {key: file[key] for key in file.files}

"""The regression of errors: its classes, and that it learns the size of errors that neighbours do not tell."""

import math

import numpy as np

from neucomp.models import image_expectations
from neucomp.models.image_efforts import EFFORTS
from neucomp.models.image_planes import PAD, channel_classes, channel_references
from neucomp.models.image_state import EXPECTED_CLASSES, EXPECTED_UNITS, Contexts, new_contexts
from neucomp.models.image_terms import Predictor

expect_error, learn_expectation = (
    getattr(function, "py_func", function)  # Python cannot call the compiled pieces
    for function in (image_expectations.expect_error, image_expectations.learn_expectation)
)


def contexts_of(channels: int, shift: int = 0) -> Contexts:
    effort = EFFORTS[9]
    classes, references = channel_classes(channels), channel_references(channels)
    parts = (tuple(Predictor)[:-1], effort.lanes, effort.residuals, effort.values)
    return new_contexts(4, channels, classes, references, 8 + shift, shift, *parts)


def test_classes() -> None:
    classes = image_expectations._CLASSES
    assert len(classes) == 256 * EXPECTED_UNITS
    for place in range(0, len(classes), 7):
        exact = 5 * math.log2(1 + 4 * place / EXPECTED_UNITS / 3)
        assert abs(exact - round(exact)) < 1e-9 or classes[place] == min(math.floor(exact), EXPECTED_CLASSES - 1)


def test_it_learns_the_size_of_errors() -> None:
    for channels in (1, 2, 3, 4, 7):
        for shift in (0, 4):
            contexts = contexts_of(channels, shift)
            size = np.float32(6 << shift)
            contexts.errors[:] = size / 3  # which neighbours understate
            channel = channels - 1
            classes = set()
            for _ in range(3000):
                number = expect_error(contexts, channel, PAD + 3, 64, size / 3, size / 3)
                classes.add(number)
                learn_expectation(contexts, channel, size)
            assert abs(contexts.expected[0] / size - 1) < 0.1
            assert number == image_expectations._CLASSES[int(contexts.expected[0] / 2**shift * EXPECTED_UNITS)]
            assert len(classes) > 1


def test_errors_of_all_sizes_keep_it_finite() -> None:
    contexts = contexts_of(3, 8)
    chance = np.random.default_rng(1)
    for _ in range(2000):
        contexts.errors[:] = np.float32(chance.choice([0, 1e-6, 1, 65535]))
        number = expect_error(contexts, 2, PAD + 3, 64, np.float32(chance.choice([0, 65535])), np.float32(0))
        assert 0 <= number < EXPECTED_CLASSES
        learn_expectation(contexts, 2, np.float32(chance.choice([0, 65535])))
        assert np.isfinite(contexts.term_weights).all() and np.isfinite(contexts.expected).all()

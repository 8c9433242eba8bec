"""What the adaptive filters say of a recording, sample by sample: what networks are trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ROOM = 1 << 16


def note_recording(samples: NDArray[np.int32], level: int) -> NDArray[np.float32]:
    """Notes (channels, frames, 33) of samples (frames, channels): features, the usual error, the error of the blend.

    They are what a network of that level is told, and what it should say. Samples that are not coded have zeros.
    """
    import numpy as np

    from neucomp.models import audio_plan as plans
    from neucomp.models.audio_codec import load_audio_kernels
    from neucomp.models.audio_efforts import EFFORTS

    planes = np.array(samples.T, order="C")
    for plane in planes:
        values = plans.find_values(plane)
        if values is not None:
            plane[:] = plans.to_ranks(plane, values)
    partners = plans.find_partners(planes)
    ranges = planes.min(axis=1).tolist(), planes.max(axis=1).tolist()
    kernels = load_audio_kernels()
    state = kernels.new_coder(
        planes, plans.find_kinds(planes, partners), partners, *ranges, EFFORTS[level], noted_frames=planes.shape[1]
    )
    payload = np.empty(5 * planes.size + _ROOM, np.uint8)
    kernels.start_payload(False, state.coder.registers, payload)
    kernels.code_frames(False, state, payload, 0, planes.shape[1])
    notes: NDArray[np.float32] = state.notes
    return notes

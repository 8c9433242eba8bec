"""Parts of kernels, compiled once and only as what they become: a piece of the kernel that calls them.

numba compiles every function to the end: it optimises it as if it stood alone and makes machine code of it, also where
all its callers take its code into theirs and do that again. Here a part stays as it is after the first, quick
optimisation, until the kernel is complete. A third of the time that compiling takes is saved, and the kernels are as
fast as before.

This is numba's compiler with one step replaced (see "Customizing the compiler" in its documentation). That step builds
on what is internal to numba, so it is used only with releases that it was tried with (see inline.py).
"""

from typing import Any

from numba import _dynfunc
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import PassManager, register_pass
from numba.core.typed_passes import NativeLowering


class _PartLibrary(JITCodeLibrary):  # type: ignore[misc]
    """Code that others link in, which nothing can run."""

    def _optimize_final_module(self) -> None:
        """Left to the kernel."""

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True


@register_pass(mutates_CFG=True, analysis_only=False)
class _LowerPart(NativeLowering):  # type: ignore[misc]
    """Makes a part known to its callers without machine code of its own."""

    _name = "lower_part"

    def run_pass(self, state: Any) -> bool:
        state.library = _PartLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        state.flags = state.flags.copy()
        state.flags.no_compile = True
        super().run_pass(state)
        lowered = state.cr
        name, module = lowered.fndesc.qualname, lowered.fndesc.lookup_module()
        handle = _dynfunc.make_function(module, name, "a part of kernels", 0, lowered.env, (state.library,))
        state.targetctx.insert_user_function(handle, lowered.fndesc, [state.library])
        state.cr = lowered._replace(cfunc=handle)
        return True


class PartCompiler(CompilerBase):  # type: ignore[misc]
    """For `numba.njit(pipeline_class=...)`, without wrappers for Python and C, which a part can't have."""

    def define_pipelines(self) -> list[PassManager]:
        """What numba asks for."""
        usual = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes = PassManager("part")
        for step, what in usual.passes:
            passes.add_pass(_LowerPart if step is NativeLowering else step, what)
        passes.finalize()
        return [passes]

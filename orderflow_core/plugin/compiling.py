"""How Numba compiles what Python does not call, kernels to be stored and the parts of kernels.

It goes as far as LLVM's code. Of that machine code is made once, of a module with all that it
calls, where Numba by itself makes some of each function as soon as that is compiled.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

from numba.core.codegen import CPUCodeLibrary, JITCPUCodegen
from numba.core.compiler import CompilerBase, DefaultPassBuilder


class _Library(CPUCodeLibrary):  # type: ignore[misc]
    def _finalize_specific(self) -> None:
        pass

    def get_pointer_to_function(self, name: str) -> int | None:
        """Return what Python calls all the same: it says that this cannot be called."""
        self._ensure_finalized()
        return ctypes.cast(ctypes.pythonapi.PyObject_Call, ctypes.c_void_p).value


class _PartLibrary(_Library):
    def _optimize_final_module(self) -> None:
        """Leave that to the kernel, which is optimized with its parts."""


class _Codegen(JITCPUCodegen):  # type: ignore[misc]
    _library_class = _Library

    def _add_module(self, module: Any) -> None:
        pass

    def set_env(self, env_name: str, env: Any) -> None:
        pass


@cache
def _codegen() -> _Codegen:
    return _Codegen("orderflow")


class KernelCompiler(CompilerBase):  # type: ignore[misc]
    """Compiles a kernel, for `numba.njit(pipeline_class=...)`."""

    library = _Library

    def define_pipelines(self) -> list[Any]:
        """Return Numba's own steps, the result of which goes to a library of ours."""
        self.state.library = self.library(_codegen(), self.state.func_id.func_qualname)
        return [DefaultPassBuilder.define_nopython_pipeline(self.state)]


class PartCompiler(KernelCompiler):
    """Compiles a part of a kernel."""

    library = _PartLibrary

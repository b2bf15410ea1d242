#!/usr/bin/env bash
# What nvcc makes of the kernels, run without a GPU: builds for compute_80 as PTX with the shared CUDA runtime, puts the
# interpreter of ../shared/ptxrun in that runtime's place, and runs the tests labelled cuda and stylize --device cuda with every
# strict switch on: races, uninitialised reads, stray accesses, missing waits, leaks. Anything reported is a failure.
# Where the toolkit or the interpreter is missing, it says so and does nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
source=../shared/ptxrun

skip() {
  echo "ptx_check.sh: skipped: $1"
  exit 0
}
command -v "${CUDACXX:-nvcc}" >/dev/null || skip "no CUDA toolkit (nvcc) here"
[ -d "$source" ] || skip "the interpreter of PTX ($source) is not in this checkout"
grep -q avx512f /proc/cpuinfo || skip "the interpreter of PTX needs AVX-512"

scripts/install_deps.sh libzstd-dev liblz4-dev
mkdir -p build/ptxrun
cp -r --no-preserve=mode "$source"/. build/ptxrun
make -s -C build/ptxrun -j "$(nproc)" all
cmake -S . -B build/ptx -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CUDA_ARCHITECTURES=80-virtual \
  -DCMAKE_CUDA_RUNTIME_LIBRARY=Shared -DIMPASTO_ARENA_SEPARATE=ON
cmake --build build/ptx -j "$(nproc)" --target tests_cuda stylize

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
on_virtual_gpu() {
  echo "+ $*"
  LD_PRELOAD=$PWD/build/ptxrun/lib/libcudart.so.13 REQUIRE_GPU=1 PTXRUN_RACECHECK=1 PTXRUN_INITCHECK=1 \
    PTXRUN_LAZY_STREAMS=1 PTXRUN_LEAKCHECK=1 PTXRUN_EXITCODE=9 "$@"
}
on_virtual_gpu build/ptx/tests/tests_cuda
ffmpeg -v error -y -i apps/stylize/sample/sample.mp4 -frames:v 3 -vf scale=96:54 -c:v ffv1 "$work/clip.mkv"
ffmpeg -v error -y -i "$work/clip.mkv" -frames:v 1 "$work/picture.png"
on_virtual_gpu build/ptx/apps/stylize/stylize --device cuda --timings "$work/picture.png" "$work/painted.png"
on_virtual_gpu build/ptx/apps/stylize/stylize --device cuda -c ffv1 "$work/clip.mkv" "$work/painted.mkv"

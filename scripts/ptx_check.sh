#!/usr/bin/env bash
# What nvcc makes of the kernels, run without a GPU: builds for compute_80 as PTX with the shared CUDA runtime, puts the
# interpreter of ../shared/ptxrun in that runtime's place, and runs the tests labelled cuda and stylize --device cuda with every
# strict switch on: races, uninitialised reads, stray accesses, missing waits, leaks. Anything reported is a failure.
# Then with a runtime that fails (tests/tools/cuda_faults.c): what the user is told, and what is left.
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
ffmpeg -v error -y -i apps/stylize/sample/sample.mp4 -frames:v 8 -vf scale=96:54 -c:v ffv1 "$work/clip.mkv"
ffmpeg -v error -y -i "$work/clip.mkv" -frames:v 1 "$work/picture.png"
on_virtual_gpu build/ptx/apps/stylize/stylize --device cuda --timings "$work/picture.png" "$work/painted.png"
on_virtual_gpu build/ptx/apps/stylize/stylize --device cuda -c ffv1 "$work/clip.mkv" "$work/painted.mkv"

# A failing runtime: exit code, one clear line, and the frames painted before are not lost.
gcc -shared -fPIC -o "$work/faults.so" tests/tools/cuda_faults.c -ldl
with_fault() {
  local fault=$1 code=$2 says=$3 got=0
  CUDA_FAULT=$fault LD_PRELOAD="$work/faults.so $PWD/build/ptxrun/lib/libcudart.so.13" \
    build/ptx/apps/stylize/stylize --device cuda -c ffv1 -y "$work/clip.mkv" "$work/$fault.mkv" 2>"$work/says" || got=$?
  tail -n 1 "$work/says"
  if [ "$got" -ne "$code" ] || ! grep -q "$says" "$work/says"; then
    echo "ptx_check.sh: fault $fault: exit code $got, expected $code and '$says'" >&2
    exit 1
  fi
}
with_fault driver 3 'driver is too old: it supports CUDA 11.4'
with_fault capability 3 ' has compute capability 7.5, expected 8.0 or more'
with_fault image 3 'was compiled for 80-virtual'
with_fault memory 1 'not enough memory on cuda'
with_fault launch 1 'frames were written'
[ "$(ffprobe -v error -count_frames -select_streams v -show_entries stream=nb_read_frames -of csv=p=0 "$work/launch.mkv")" -gt 0 ]
for fault in driver capability image memory; do
  if [ -e "$work/$fault.mkv" ]; then
    echo "ptx_check.sh: fault $fault left a file" >&2
    exit 1
  fi
done

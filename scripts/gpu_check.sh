#!/usr/bin/env bash
# All that needs a GPU, in one go: builds, runs the tests on it, compares every net with the goldens, runs compute-sanitizer's
# four tools on the small cases, and the benches (against cuDNN where CMake finds it). Everything goes into one report.
#
#   scripts/gpu_check.sh [REPORT.md]         (out/gpu_check.md; the build is build/gpu)
#
# Exit code 0: all is well; 1: something failed; 77: there is no GPU, or only a virtual one.
set -uo pipefail
cd "$(dirname "$0")/.."
report=$(realpath -m "${1:-out/gpu_check.md}")
build=build/gpu
jobs=$(nproc)

skip() {
  echo "gpu_check.sh: $1"
  exit 77
}

nvcc=${CUDACXX:-$(command -v nvcc || echo "${CUDA_HOME:-/usr/local/cuda}/bin/nvcc")}
command -v "$nvcc" >/dev/null || skip "no CUDA toolkit (nvcc), so no GPU to check"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# What the CUDA runtime itself finds: its answer counts, not that of nvidia-smi.
cat >"$folder/query.cu" <<'END'
#include <cstdio>
int main() {
  cudaDeviceProp gpu;
  const cudaError_t status = cudaGetDeviceProperties(&gpu, 0);
  if (status != cudaSuccess) return std::printf("%s\n", cudaGetErrorString(status)), 1;
  return std::printf("%d%d %s\n", gpu.major, gpu.minor, gpu.name), 0;
}
END
"$nvcc" -cudart shared -o "$folder/query" "$folder/query.cu" || exit 1
toolkit=$(dirname "$(dirname "$(realpath "$(command -v "$nvcc")")")")
gpu=$(LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$toolkit/lib64 "$folder/query") || skip "no GPU: $gpu"
case $gpu in *virtual*) skip "${gpu#* } is no GPU to measure" ;; esac

failed=0
table=""
details=""

# step NAME SECONDS COMMAND...: runs it, and notes how it ended and its last lines.
step() {
  local name=$1 limit=$2 start=$SECONDS result=passed log=$folder/log
  shift 2
  echo "==== $name: $*"
  timeout --kill-after=30 "$limit" "$@" </dev/null 2>&1 | tee "$log"
  case ${PIPESTATUS[0]} in
    0) ;;
    124 | 137) result="over $limit s" failed=1 ;;
    *) result=failed failed=1 ;;
  esac
  table+="| $name | $result | $((SECONDS - start)) |"$'\n'
  details+=$'\n'"## $name"$'\n\n    '"$*"$'\n\n```\n'"$(tail -n "${lines:-30}" "$log")"$'\n```\n'
}
note() {
  table+="| $1 | $2 | - |"$'\n'
}

write_report() {
  mkdir -p "$(dirname "$report")"
  {
    echo "# GPU check"
    echo
    echo "${gpu#* }, compute capability ${gpu%% *}; $("$nvcc" --version | sed -n 's/.*release \([0-9.]*\).*/CUDA \1/p')," \
      "commit $(git rev-parse --short HEAD), $(date -u +%F)"
    echo
    echo "| step | result | seconds |"
    echo "| --- | --- | --- |"
    echo "$table$details"
  } >"$report"
  echo "gpu_check.sh: $report"
}

same_pictures() {
  local clip=apps/stylize/sample/sample.mp4
  local stylize=$build/apps/stylize/stylize
  "$stylize" $clip "$folder/cuda.mkv" -y -c ffv1 --frames 8 --device cuda --progress none --timings &&
    "$stylize" $clip "$folder/cpu.mkv" -y -c ffv1 --frames 8 --device cpu --precision fp32 --progress none &&
    ffmpeg -v error -i "$folder/cuda.mkv" -i "$folder/cpu.mkv" -lavfi "psnr=stats_file=$folder/psnr" -f null - || return 1
  cat "$folder/psnr"
  # Every frame: psnr_avg at least 40 dB.
  awk '{ sub(/.*psnr_avg:/, ""); if ($1 != "inf" && !($1 + 0 >= 40)) bad = 1 } END { exit bad || NR != 8 }' "$folder/psnr"
}

step build 3600 sh -c "cmake -S . -B $build -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CUDA_COMPILER='$nvcc' \
  -DCMAKE_CUDA_ARCHITECTURES='${gpu%% *};80-virtual' && cmake --build $build -j $jobs"
if [ "$failed" -ne 0 ]; then
  write_report
  exit 1
fi

nets='golden|transform_net|multistyle|selfie|portrait|arbitrary|predictor'
export REQUIRE_GPU=1
step "tests on the GPU" 1800 ctest --test-dir $build -L '^cuda$' -E "$nets" --output-on-failure --no-tests=error
step "nets against the goldens" 1800 ctest --test-dir $build -L '^cuda$' -R "$nets" --output-on-failure --no-tests=error
step "the sample on cuda and cpu" 600 bash -c "$(declare -f same_pictures); build=$build folder=$folder; same_pictures"

sanitizer=$(command -v compute-sanitizer || echo "$toolkit/bin/compute-sanitizer")
for tool in memcheck racecheck initcheck synccheck; do
  if [ -x "$sanitizer" ]; then
    step $tool 1800 "$sanitizer" --tool $tool --error-exitcode 9 $build/tests/tests_cuda "*every rung*"
  else
    note $tool "compute-sanitizer is not installed"
  fi
done

lines=1000
step "kernels" 3600 $build/bench/bench_kernels --device cuda --op all --problem all --verify
step "kernels in fp32" 3600 $build/bench/bench_kernels --device cuda --op all --problem all --precision fp32 --verify --repeat 5
grep -q '^CUDNN_INCLUDE_DIR.*NOTFOUND' $build/CMakeCache.txt && note "cuDNN" "not found by CMake: no rival"
for net in multistyle transform_net selfie; do
  step "$net" 600 $build/bench/bench_nets --device cuda --net $net --size 1920x1080 --precision fp16
done

write_report
exit $failed
